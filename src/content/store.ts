import { readFileSync, statSync, unlinkSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { writeFileAtomically } from '../storage/data-directory-write.ts';
import type { Disk } from '../storage/disk.ts';
import { DescriptorCache } from './backing/descriptors.ts';
import { backingPath, storedFiles } from './backing/paths.ts';
import type { BlockOffer, BlockQuery, ContentStore, PageQuery, Transfer } from './content-store.ts';
import type { BlockSource } from './fetch/block-source.ts';
import { Fetcher } from './fetch/fetcher.ts';
import { adopt, merge, replaceBase } from './file/adopt.ts';
import { check, type ContentFault } from './file/check.ts';
import { cloneInto } from './file/clone.ts';
import { FileState, sameVersion } from './file/file-state.ts';
import { loadState } from './file/load.ts';
import { Turns } from './file/turns.ts';
import { offer, page } from './file/offer.ts';
import { HashPool } from './hashing/hash-pool.ts';
import { IntentJournal } from './intents/intent-journal.ts';
import { isSettled } from './intents/intents.ts';
import { SlotCache } from './map/slot-cache.ts';
import { OpenFile } from './open-file.ts';
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

/** Files kept in memory after they were closed, in case they are opened again. */
const maximumIdleFiles = 4096;

export function openContentStore(options: ContentStoreOptions): FileContentStore {
  return new FileContentStore(options);
}

/** The content store on a disk file system: finds the state of a file and hands it to the functions in file/. */
export class FileContentStore implements ContentStore {
  readonly #context: StoreContext;
  readonly #fetcher: Fetcher;
  readonly #cleanStart: boolean;
  readonly #readAheadMaximumBytes: number;
  /** The least recently opened first. */
  readonly #states = new Map<FileId, FileState>();
  /** One clone at a time: two that want each other's files would wait for each other for ever. */
  readonly #clones = new Turns();
  #closing: Promise<void> | undefined;

  constructor(options: ContentStoreOptions) {
    const { directory, disk, clock, logger } = options;
    mkdirSync(directory, { recursive: true });
    this.#cleanStart = options.cleanStart;
    this.#readAheadMaximumBytes = options.readAheadMaximumBytes ?? 32 * 1024 * 1024;
    this.#context = {
      ...{ directory, disk, clock, logger, era: currentEra(options) },
      descriptors: new DescriptorCache(options.maximumDescriptors ?? 1024, disk),
      journal: new IntentJournal(directory, disk, clock),
      hashing: new HashPool(options.hashingWorkers ?? 2),
      slots: new SlotCache(options.maximumPages ?? 4096),
    };
    this.#fetcher = new Fetcher(this.#context, options.waitForPeersMs ?? 30_000);
  }

  open(file: FileId, version: Version | null, elsewhere?: FileId): OpenFile {
    const state = this.#state(file, version);
    state.elsewhere = elsewhere;
    state.users += 1;
    return new OpenFile(state, this.#readAheadMaximumBytes, (closed) => this.#release(closed));
  }

  async adopt(file: FileId, version: Version): Promise<readonly ByteRange[]> {
    const known = this.#states.get(file);
    if (!known && this.#diskSize(file) === 0) return [];
    const state = known ?? this.#loadForAdoption(file);
    if (!state) return [{ position: 0, length: Math.max(version.size, this.#diskSize(file)) }];
    state.users += 1;
    try {
      return await adopt(state, version);
    } finally {
      this.#release(state);
    }
  }

  async merge(
    file: FileId,
    version: Version,
    since: Version,
  ): Promise<readonly ByteRange[] | undefined> {
    const state = this.#states.get(file);
    if (!state) return undefined;
    state.users += 1;
    try {
      return await merge(state, version, since);
    } finally {
      this.#release(state);
    }
  }

  storedVersion(file: FileId): Version | undefined {
    const known = this.#states.get(file);
    return known ? (known.base ?? undefined) : this.#versionOnDisk(this.#newState(file, false));
  }

  async clone(from: FileId, version: Version, to: FileId): Promise<void> {
    // It would wait for its own turn.
    if (from === to) return;
    await this.#clones.take(async () => {
      const source = this.#stateOnDisk(from);
      if (!source || !sameVersion(source.base, version)) return;
      const target = this.#stateOnDisk(to) ?? this.#state(to, version);
      source.users += 1;
      target.users += 1;
      try {
        await this.#cloneInTurn(source, version, target);
      } finally {
        this.#release(source);
        this.#release(target);
      }
    });
  }

  async #cloneInTurn(source: FileState, version: Version, target: FileState): Promise<void> {
    // It may be removed meanwhile.
    const isWanted = (): boolean => this.#states.get(target.file) === target;
    await source.turns.take(() =>
      target.turns.take(async () => {
        if (sameVersion(source.base, version)) await cloneInto(source, target, isWanted);
      }),
    );
  }

  remove(file: FileId): void {
    const state = this.#states.get(file) ?? this.#newState(file, false);
    this.#states.delete(file);
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
    const { journal } = this.#context;
    return this.#cleanStart ? journal.unpublishedFiles() : journal.files();
  }

  storedFiles(): AsyncIterable<readonly FileId[]> {
    return storedFiles(this.#context.directory);
  }

  residentBytes(file: FileId, _version: Version | null): number {
    const state = this.#states.get(file);
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
    const state = this.#stateOnDisk(query.file);
    if (state) return offer(state, query);
    return Array.from({ length: query.hashes.length / 32 }, () => null);
  }

  page(query: PageQuery): Buffer | undefined {
    const state = this.#stateOnDisk(query.file);
    return state && page(state, query);
  }

  transfers(): readonly Transfer[] {
    return this.#fetcher.transfers();
  }

  /** For `peerfuse check`: what on this disk is not what the version says. */
  async checkFile(file: FileId, version: Version): Promise<ContentFault[]> {
    const opened = this.#state(file, version);
    opened.users += 1;
    try {
      return await check(opened);
    } finally {
      this.#release(opened);
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#fetcher.close();
    for (const state of this.#states.values()) state.manifest.save();
    await this.#context.hashing.close();
    await this.#context.journal.close();
    this.#context.descriptors.close();
  }

  #state(file: FileId, version: Version | null): FileState {
    const known = this.#states.get(file);
    if (known) {
      this.#states.delete(file);
      this.#states.set(file, known);
      if (known.users === 0) this.#catchUp(known, version);
      return known;
    }
    const isNew = version === null && !this.#context.journal.get(file);
    const state = this.#newState(file, isNew);
    loadState(state, version, this.#cleanStart);
    this.#settleFormer(state);
    this.#remember(state);
    return state;
  }

  /** A change of before the stop that came to nothing. What was published stays listed until its bytes are on the disk. */
  #settleFormer({ file, intent, ahead, salvaging }: FileState): void {
    const { journal } = this.#context;
    if (ahead || salvaging || !intent || !journal.isFormer(file)) return;
    if (!isSettled(intent, Infinity)) journal.append({ kind: 'done', file });
  }

  /** The tree moved on while nobody had the file open. */
  #catchUp(state: FileState, version: Version | null): void {
    if (!version || sameVersion(state.published, version) || sameVersion(state.base, version))
      return;
    if (state.turns.idle && !this.#fetcher.isBusy(state)) replaceBase(state, version);
  }

  #newState(file: FileId, isNew: boolean): FileState {
    return new FileState(this.#context, this.#fetcher, file, isNew);
  }

  #remember(state: FileState): void {
    this.#states.set(state.file, state);
    if (this.#states.size > maximumIdleFiles) this.#forgetIdle();
  }

  #forgetIdle(): void {
    let candidates = this.#states.size - maximumIdleFiles;
    for (const [file, state] of this.#states) {
      if (candidates <= 0) return;
      candidates -= 1;
      this.#states.delete(file);
      // What cannot go yet is looked at again after all others.
      if (this.#isIdle(state)) {
        state.manifest.save();
        state.manifest.clear();
      } else this.#states.set(file, state);
    }
  }

  #isIdle(state: FileState): boolean {
    return (
      state.users === 0 &&
      state.turns.idle &&
      !state.ahead &&
      state.unconfirmed.size === 0 &&
      !this.#fetcher.isBusy(state)
    );
  }

  #release(state: FileState): void {
    state.users -= 1;
    if (state.users === 0) this.#fetcher.release(state);
  }

  #diskSize(file: FileId): number {
    const path = backingPath(this.#context.directory, file);
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** What the map says is the version that was here; a file without a map is looked at when it is opened. */
  #loadForAdoption(file: FileId): FileState | undefined {
    const state = this.#newState(file, false);
    const header = state.manifest.map.readHeader();
    if (!header || this.#context.journal.get(file)) return undefined;
    loadState(state, header.version, this.#cleanStart);
    this.#remember(state);
    return state;
  }

  /**
   * Whatever version is here: a peer asks by hash, so it will do. A file of one block has no map: its bytes say what it is. Undefined
   * where nothing is, and where a crash left changes that must be looked at with the tree's version.
   */
  #stateOnDisk(file: FileId): FileState | undefined {
    const known = this.#states.get(file);
    if (known) return known;
    const state = this.#newState(file, false);
    const version = this.#isChanging(file) ? undefined : this.#versionOnDisk(state);
    if (!version) return undefined;
    loadState(state, version, this.#cleanStart);
    this.#remember(state);
    return state;
  }

  #isChanging(file: FileId): boolean {
    const intent = this.#context.journal.get(file);
    return intent !== undefined && !isSettled(intent, Infinity);
  }

  #versionOnDisk(state: FileState): Version | undefined {
    if (!state.backing.exists) return undefined;
    const header = state.manifest.map.readHeader();
    if (header) return header.version;
    return this.#isChanging(state.file) ? undefined : onlyBlockVersion(state);
  }
}

function onlyBlockVersion(state: FileState): Version | undefined {
  const size = state.backing.size();
  if (size === 0 || size > state.blockSize) return undefined;
  const root = state.hashOfOnlyBlock(size);
  return root && { size, blockSize: state.blockSize, root };
}

/** Rises with every start after a crash of the machine. A lost note of it counts as a crash; the time keeps it from repeating. */
function currentEra({ directory, cleanStart, clock, disk }: ContentStoreOptions): number {
  const path = join(directory, 'era');
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const former = isThere ? Number.parseInt(readFileSync(path, 'latin1'), 10) || 0 : 0;
  if (cleanStart && former > 0) return former;
  const era = Math.max(former + 1, Math.floor(clock.nowMs() / 1000));
  writeFileAtomically(disk, 'content-era', path, `${era}\n`);
  return era;
}
