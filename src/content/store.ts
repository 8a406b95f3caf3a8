import { mkdirSync, statSync, unlinkSync } from 'node:fs';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Disk } from '../storage/disk.ts';
import { currentEra } from './current-era.ts';
import { DescriptorCache } from './backing/descriptors.ts';
import { backingPath, storedFiles } from './backing/paths.ts';
import type { BlockOffer, BlockQuery, ContentStore, PageQuery, Transfer } from './content-store.ts';
import type { BlockSource } from './fetch/block-source.ts';
import { Fetcher } from './fetch/fetcher.ts';
import { adopt, merge, replaceBase } from './file/adopt.ts';
import { check, type ContentFault } from './file/check.ts';
import { cloneInto } from './file/clone.ts';
import { type CopiedOut, copyOut } from './file/copy-out.ts';
import { FileState, sameVersion } from './file/file-state.ts';
import { loadState } from './file/load.ts';
import { Turns } from './file/turns.ts';
import { offer, page } from './file/offer.ts';
import { HashPool } from './hashing/hash-pool.ts';
import { BackgroundFlush } from './intents/background-flush.ts';
import { IntentJournal } from './intents/intent-journal.ts';
import { isPublished } from './intents/intents.ts';
import { bringAside, stopBringing, removeAsides } from './passthrough/aside.ts';
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

/** Files kept in memory after they were closed, in case they are opened again. */
const maximumIdleFiles = 4096;

export function openContentStore(options: ContentStoreOptions): FileContentStore {
  return new FileContentStore(options);
}

/** The content store on a disk file system: finds the state of a file and hands it to the functions in file/. */
export class FileContentStore implements ContentStore {
  readonly #context: StoreContext;
  readonly #fetcher: Fetcher;
  readonly #readAheadMaximumBytes: number;
  /** The least recently opened first. */
  readonly #states = new Map<FileId, FileState>();
  /** One clone at a time: two that want each other's files would wait for each other for ever. */
  readonly #clones = new Turns();
  #closing: Promise<void> | undefined;

  constructor(options: ContentStoreOptions) {
    const { directory, disk, clock, logger } = options;
    mkdirSync(directory, { recursive: true });
    removeAsides(directory);
    this.#readAheadMaximumBytes = options.readAheadMaximumBytes ?? 32 * 1024 * 1024;
    const { cleanStart, treeFlushed = () => Promise.resolve() } = options;
    const descriptors = new DescriptorCache(options.maximumDescriptors ?? 1024, disk);
    const era = currentEra(options);
    const journal = new IntentJournal(directory, disk, clock, !cleanStart);
    const shared = { directory, disk, clock, logger, descriptors, journal };
    this.#context = {
      ...{ ...shared, era, flush: new BackgroundFlush({ ...shared, treeFlushed }) },
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

  async bringAside(
    file: FileId,
    version: Version,
    number: FileId,
    signal?: AbortSignal,
  ): Promise<void> {
    const state = this.#states.get(file);
    if (!state) return;
    state.users += 1;
    try {
      await bringAside(state, version, number, signal);
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

  async copyOut(
    file: FileId,
    version: Version | 'any',
    target: number,
  ): Promise<CopiedOut | undefined> {
    const state = this.#stateOnDisk(file) ?? this.#changedState(file, version);
    if (!state) return undefined;
    const isWanted = (): boolean => version === 'any' || sameVersion(state.base, version);
    state.users += 1;
    try {
      return await state.turns.take(() => (isWanted() ? copyOut(state, target) : undefined));
    } finally {
      this.#release(state);
    }
  }

  /** Of a file whose changes a crash left; without a map it says itself of which version they are. */
  #changedState(file: FileId, version: Version | 'any'): FileState | undefined {
    const state = this.#newState(file, false);
    if (!state.backing.exists) return undefined;
    const wanted = version === 'any' ? null : version;
    return this.#state(file, state.manifest.map.readHeader()?.version ?? wanted);
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
    await this.#context.flush.close();
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
    loadState(state, version);
    this.#settleFormer(state);
    this.#remember(state);
    return state;
  }

  /** A change of before the stop that came to nothing. What was published stays listed until its bytes are on the disk. */
  #settleFormer({ file, intent, ahead, salvaging }: FileState): void {
    const { journal } = this.#context;
    if (ahead || salvaging || !intent || !journal.isFormer(file)) return;
    if (!isPublished(intent)) journal.append({ kind: 'done', file });
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
    if (state.users > 0) return;
    stopBringing(state);
    this.#fetcher.release(state);
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
    loadState(state, header.version);
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
    loadState(state, version);
    this.#remember(state);
    return state;
  }

  #isChanging(file: FileId): boolean {
    const intent = this.#context.journal.get(file);
    return intent !== undefined && !isPublished(intent);
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
