import type { Fetcher } from './fetch/fetcher.ts';
import { replaceBase } from './file/adopt.ts';
import { FileState, sameVersion } from './file/file-state.ts';
import { loadState } from './file/load.ts';
import { isPublished } from './intents/intents.ts';
import { stopBringing } from './passthrough/aside.ts';
import type { StoreContext } from './store-context.ts';
import type { FileId, Version } from './version.ts';

/** Files kept in memory after they were closed, in case they are opened again. */
const maximumIdleFiles = 4096;

/** The states of the files that are in use, or were lately: found, loaded from what is on the disk, and forgotten again. */
export class FileStates {
  readonly #context: StoreContext;
  readonly #fetcher: Fetcher;
  /** The least recently opened first. */
  readonly #states = new Map<FileId, FileState>();

  constructor(context: StoreContext, fetcher: Fetcher) {
    this.#context = context;
    this.#fetcher = fetcher;
  }

  /** Of a file that is in memory. */
  known(file: FileId): FileState | undefined {
    return this.#states.get(file);
  }

  /** Of a file of which the tree says what version it has. */
  get(file: FileId, version: Version | null): FileState {
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

  /**
   * Whatever version is here: a peer asks by hash, so it will do. A file of one block has no map: its bytes say what it is. Undefined
   * where nothing is, and where a crash left changes that must be looked at with the tree's version.
   */
  onDisk(file: FileId): FileState | undefined {
    const known = this.#states.get(file);
    if (known) return known;
    const state = this.#newState(file, false);
    const version = this.#isChanging(file) ? undefined : this.#versionOnDisk(state);
    if (!version) return undefined;
    loadState(state, version);
    this.#remember(state);
    return state;
  }

  /** What the map says is the version that was here; a file without a map is looked at when it is opened. */
  loadForAdoption(file: FileId): FileState | undefined {
    const state = this.#newState(file, false);
    const header = state.manifest.map.readHeader();
    if (!header || this.#context.journal.get(file)) return undefined;
    loadState(state, header.version);
    this.#remember(state);
    return state;
  }

  /** Of a file whose changes a crash left; without a map it says itself of which version they are. */
  withChanges(file: FileId, version: Version | 'any'): FileState | undefined {
    const state = this.#newState(file, false);
    if (!state.backing.exists) return undefined;
    const wanted = version === 'any' ? null : version;
    return this.get(file, state.manifest.map.readHeader()?.version ?? wanted);
  }

  versionOnDisk(file: FileId): Version | undefined {
    return this.#versionOnDisk(this.#newState(file, false));
  }

  /** Keeps the file in memory until the work is done. */
  async use<Result>(state: FileState, work: () => Result | Promise<Result>): Promise<Result> {
    state.users += 1;
    try {
      return await work();
    } finally {
      this.release(state);
    }
  }

  release(state: FileState): void {
    state.users -= 1;
    if (state.users > 0) return;
    stopBringing(state);
    this.#fetcher.release(state);
  }

  /** Its state, for who is to remove the file. */
  forget(file: FileId): FileState {
    const state = this.#states.get(file) ?? this.#newState(file, false);
    this.#states.delete(file);
    return state;
  }

  save(): void {
    for (const state of this.#states.values()) state.manifest.save();
  }

  #newState(file: FileId, isNew: boolean): FileState {
    return new FileState(this.#context, this.#fetcher, file, isNew);
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
