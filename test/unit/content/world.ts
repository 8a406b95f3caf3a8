import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSync } from 'node:fs';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { silentLogger, type Logger } from '../../../src/platform/logger.ts';
import { realDisk, type Disk } from '../../../src/storage/disk.ts';
import { hash } from '../../../src/crypto/hash.ts';
import type {
  BlockOutcome,
  BlockRequest,
  BlockSource,
} from '../../../src/content/fetch/block-source.ts';
import type { PageQuery } from '../../../src/content/content-store.ts';
import { openContentStore, type FileContentStore } from '../../../src/content/store.ts';
import type { ContentStoreOptions } from '../../../src/content/store.ts';
import type { FileId } from '../../../src/content/version.ts';

export const blockSize = 65_536;
export const file = 4_294_967_298 as FileId;

/** Stores in temporary directories that all go at the end. */
export class World implements AsyncDisposable {
  readonly #directories: string[] = [];
  readonly #stores = new Set<FileContentStore>();

  directory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'peerfuse-content-'));
    this.#directories.push(directory);
    return directory;
  }

  store(options: Partial<ContentStoreOptions> = {}): FileContentStore {
    const store = openContentStore({
      directory: options.directory ?? this.directory(),
      ...{ disk: realDisk, clock: systemClock, logger: silentLogger, cleanStart: true },
      ...{ waitForPeersMs: 3_000, hashingWorkers: 1 },
      ...options,
    });
    this.#stores.add(store);
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close().catch(() => undefined);
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true });
  }
}

/** Another store in this process as a peer. */
export class StoreSource implements BlockSource {
  readonly id: string;
  readonly store: FileContentStore;
  /** Called before each answer; may delay it or fail. */
  before: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  /** Called between what it offers and the reading of that. */
  offered: (request: BlockRequest) => void = () => {};
  /** Corrupts what was read, as a liar would. */
  corrupt = false;
  blocksSent = 0;
  requests = 0;
  pagesSent = 0;

  constructor(id: string, store: FileContentStore) {
    this.id = id;
    this.store = store;
  }

  async fetchBlocks(request: BlockRequest, signal: AbortSignal): Promise<BlockOutcome[]> {
    this.requests += 1;
    await this.before(signal);
    signal.throwIfAborted();
    const offers = this.store.offer(request);
    this.offered(request);
    return offers.map((location, at) => {
      if (!location) return 'missing';
      try {
        const bytes = Buffer.alloc(location.length);
        readSync(location.descriptor, bytes, 0, location.length, location.position);
        // Like a network worker: what was overwritten since it was offered is not sent.
        if (!hash(bytes).equals(location.hash)) return 'missing';
        if (this.corrupt) bytes[0] = bytes[0]! ^ 1;
        if (!hash(bytes).equals(location.hash)) return 'bad';
        const position = (request.firstBlock + at) * request.blockSize;
        writeSync(request.descriptor, bytes, 0, bytes.length, position);
        this.blocksSent += 1;
        return 'stored';
      } finally {
        location.release();
      }
    });
  }

  async fetchPage(query: PageQuery, signal: AbortSignal): Promise<Buffer | undefined> {
    await this.before(signal);
    this.pagesSent += 1;
    return this.store.page(query);
  }
}

/** The Merkle root by the definition, from all bytes. */
export function referenceRoot(bytes: Buffer): Buffer {
  let hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += blockSize) {
    hashes.push(hash(bytes.subarray(at, at + blockSize)));
  }
  if (hashes.length === 0) return hash(Buffer.alloc(0));
  while (hashes.length > 1) {
    const pages: Buffer[] = [];
    for (let at = 0; at < hashes.length; at += 256) {
      pages.push(hash(Buffer.concat(hashes.slice(at, at + 256))));
    }
    hashes = pages;
  }
  return hashes[0]!;
}

/** Bytes that differ everywhere and are the same in every run. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed;
  for (let at = 0; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  for (let at = length - (length % 4); at < length; at += 1) bytes[at] = seed;
  return bytes;
}

export type { Clock, Logger, Disk };
