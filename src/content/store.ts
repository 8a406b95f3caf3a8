import { statSync, unlinkSync } from 'node:fs';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Disk } from '../storage/disk.ts';
import { backingPath, storedFiles } from './backing/paths.ts';
import type { BlockOffer, BlockQuery, ContentStore, PageQuery, Transfer } from './content-store.ts';
import type { BlockSource } from './fetch/block-source.ts';
import { Fetcher } from './fetch/fetcher.ts';
import { adopt, merge } from './file/adopt.ts';
import { check, type ContentFault } from './file/check.ts';
import { cloneInto } from './file/clone.ts';
import { type CopiedOut, copyOut } from './file/copy-out.ts';
import { type FileState, sameVersion } from './file/file-state.ts';
import { Turns } from './file/turns.ts';
import { offer, page } from './file/offer.ts';
import { bringAside } from './passthrough/aside.ts';
import { FileStates } from './file-states.ts';
import { OpenFile } from './open-file.ts';
import { openStoreContext } from './open-store-context.ts';
import type { StoreContext } from './store-context.ts';
import type { ByteRange, FileId, Version } from './version.ts';

export interface ContentStoreOptions {
  /** Of this store alone; made when it is not there. */
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False after the machine crashed: what the kernel had not written back may be lost, so blocks are verified before they are served. */
  readonly cleanStart: boolean;
  /** Resolves when the tree that says what was published here is on the disk itself. Default: it is, before anybody hears of it. */
  readonly treeFlushed?: () => Promise<void>;
  /** How long a read waits without anything coming. Default 30,000. */
  readonly waitForPeersMs?: number;
  /** How far to read ahead of a sequential reader. Default 32 MiB. */
  readonly readAheadMaximumBytes?: number;
  /** Threads that hash what was written. Default 2. */
  readonly hashingWorkers?: number;
  /** Files kept open between requests. Default 1,024. */
  readonly maximumDescriptors?: number;
  /** Manifest pages in memory, 8 KiB each. Default 4,096. */
  readonly maximumPages?: number;
}

export function openContentStore(options: ContentStoreOptions): FileContentStore {
  return new FileContentStore(options);
}

/** The content store on a disk file system: finds the state of a file and hands it to the functions in file/. */
export class FileContentStore implements ContentStore {
  readonly #context: StoreContext;
  readonly #fetcher: Fetcher;
  readonly #readAheadMaximumBytes: number;
  readonly #states: FileStates;
  /** One clone at a time: two that want each other's files would wait for each other for ever. */
  readonly #clones = new Turns();
  #closing: Promise<void> | undefined;

  constructor(options: ContentStoreOptions) {
    this.#context = openStoreContext(options);
    this.#readAheadMaximumBytes = options.readAheadMaximumBytes ?? 32 * 1024 * 1024;
    this.#fetcher = new Fetcher(this.#context, options.waitForPeersMs ?? 30_000);
    this.#states = new FileStates(this.#context, this.#fetcher);
  }

  open(file: FileId, version: Version | null, elsewhere?: FileId): OpenFile {
    const state = this.#states.get(file, version);
    state.elsewhere = elsewhere;
    state.users += 1;
    return new OpenFile(state, this.#readAheadMaximumBytes, (closed) =>
      this.#states.release(closed),
    );
  }

  async adopt(file: FileId, version: Version): Promise<readonly ByteRange[]> {
    const known = this.#states.known(file);
    if (!known && this.#diskSize(file) === 0) return [];
    const state = known ?? this.#states.loadForAdoption(file);
    if (!state) return [{ position: 0, length: Math.max(version.size, this.#diskSize(file)) }];
    return this.#states.use(state, () => adopt(state, version));
  }

  async bringAside(
    file: FileId,
    version: Version,
    number: FileId,
    signal?: AbortSignal,
  ): Promise<void> {
    const state = this.#states.known(file);
    if (!state) return;
    await this.#states.use(state, () => bringAside(state, version, number, signal));
  }

  async merge(
    file: FileId,
    version: Version,
    since: Version,
  ): Promise<readonly ByteRange[] | undefined> {
    const state = this.#states.known(file);
    if (!state) return undefined;
    return this.#states.use(state, () => merge(state, version, since));
  }

  storedVersion(file: FileId): Version | undefined {
    const known = this.#states.known(file);
    return known ? (known.base ?? undefined) : this.#states.versionOnDisk(file);
  }

  async clone(from: FileId, version: Version, to: FileId): Promise<void> {
    // It would wait for its own turn.
    if (from === to) return;
    await this.#clones.take(async () => {
      const source = this.#states.onDisk(from);
      if (!source || !sameVersion(source.base, version)) return;
      const target = this.#states.onDisk(to) ?? this.#states.get(to, version);
      await this.#states.use(source, () =>
        this.#states.use(target, () => this.#cloneInTurn(source, version, target)),
      );
    });
  }

  async #cloneInTurn(source: FileState, version: Version, target: FileState): Promise<void> {
    // It may be removed meanwhile.
    const isWanted = (): boolean => this.#states.known(target.file) === target;
    await source.turns.take(() =>
      target.turns.take(async () => {
        if (sameVersion(source.base, version)) await cloneInto(source, target, isWanted);
      }),
    );
  }

  async copyOut(
    file: FileId,
    version: Version | 'any',
    target: number,
  ): Promise<CopiedOut | undefined> {
    const state = this.#states.onDisk(file) ?? this.#states.withChanges(file, version);
    if (!state) return undefined;
    const isWanted = (): boolean => version === 'any' || sameVersion(state.base, version);
    return this.#states.use(state, () =>
      state.turns.take(() => (isWanted() ? copyOut(state, target) : undefined)),
    );
  }

  remove(file: FileId): void {
    const state = this.#states.forget(file);
    state.manifest.clear();
    state.manifest.map.remove();
    const existed = state.backing.exists;
    state.backing.forget();
    const path = backingPath(this.#context.directory, file);
    if (existed) this.#context.disk.attempt('content.remove', () => unlinkSync(path));
    const { journal } = this.#context;
    if (journal.get(file)) journal.append({ kind: 'done', file });
  }

  unpublished(): readonly FileId[] {
    return this.#context.journal.unpublishedFiles();
  }

  /**
   * Whether it is on the disk itself which bytes, of all that was published, may not be: without that an operation that says what was
   * published must not get there. Undefined when it is; otherwise resolves when it is.
   */
  noted(): Promise<void> | undefined {
    return this.#context.journal.noted();
  }

  storedFiles(): AsyncIterable<readonly FileId[]> {
    return storedFiles(this.#context.directory);
  }

  residentBytes(file: FileId, _version: Version | null): number {
    const state = this.#states.known(file);
    if (state) return state.diskBytes();
    const path = backingPath(this.#context.directory, file);
    return (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }

  addSource(source: BlockSource): void {
    this.#fetcher.addSource(source);
  }

  removeSource(id: string): void {
    this.#fetcher.removeSource(id);
  }

  offer(query: BlockQuery): BlockOffer {
    const state = this.#states.onDisk(query.file);
    if (state) return offer(state, query);
    return Array.from({ length: query.hashes.length / 32 }, () => null);
  }

  page(query: PageQuery): Buffer | undefined {
    const state = this.#states.onDisk(query.file);
    return state && page(state, query);
  }

  transfers(): readonly Transfer[] {
    return this.#fetcher.transfers();
  }

  /** For `peerfuse check`: what on this disk is not what the version says. */
  async checkFile(file: FileId, version: Version): Promise<ContentFault[]> {
    const opened = this.#states.get(file, version);
    return this.#states.use(opened, () => check(opened));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#fetcher.close();
    this.#states.save();
    await this.#context.hashing.close();
    await this.#context.flush.close();
    await this.#context.journal.close();
    this.#context.descriptors.close();
  }

  #diskSize(file: FileId): number {
    const path = backingPath(this.#context.directory, file);
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
}
