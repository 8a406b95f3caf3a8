import type { DeviceId } from '../identity/ids.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Frontier, Replica } from '../metadata/replica.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { fileIdOf, inodeOf } from './file-id.ts';
import type { InodeReferences } from './inode-references.ts';
import type { FileSystemLimits } from './limits.ts';
import type { OpenFiles } from './open-files.ts';
import type { Room } from './scarce-room.ts';

/** What was performed is in a batch by then: until it is, nobody can have seen it. */
const sealedWithinMs = 25;

/** Who leaves does not wait longer for files to be freed: what is left is considered at the next start. */
const patienceAtEndMs = 500;

/** Files whose time has come. */
interface Due {
  readonly inodes: Set<InodeId>;
  /** What all others must have seen first: with it, that these were removed. */
  readonly frontier: Frontier;
}

/**
 * Frees the bytes of files that no name leads to and nobody here uses, a while after the last of these became true (`removedContentMs`)
 * and not before all other peers know of it: who does not, may move or edit the file meanwhile, and so bring it back.
 */
export class RemovedContent {
  readonly #parts: RemovedContentParts;
  /** Monotonic time by inode, the earliest first. */
  readonly #dueAtMs = new Map<InodeId, number>();
  #due: Due[] = [];
  #cancelTimer: (() => void) | null = null;
  #cancelSoon: (() => void) | null = null;
  #closed = false;

  constructor(parts: RemovedContentParts) {
    this.#parts = parts;
  }

  /** Something that kept the file may be gone. */
  consider(inode: InodeId): void {
    if (this.#closed || this.#dueAtMs.has(inode) || !this.#isUnneeded(inode)) return;
    const { clock, limits } = this.#parts;
    // It may have come back and have been removed again, of which somebody may know nothing who knows of the first time.
    for (const { inodes } of this.#due) inodes.delete(inode);
    this.#dueAtMs.set(inode, clock.monotonicMs() + limits.removedContentMs);
    this.#waitFor(limits.removedContentMs);
    // The kernel lets go of a file a moment after its last name went.
    if (this.#parts.room.isScarce) this.freeSoon();
  }

  /** Files that were removed before the start, of which the memory is gone. */
  async considerStored(): Promise<void> {
    for await (const files of this.#parts.content.storedFiles()) {
      for (const file of files) this.consider(inodeOf(file));
      if (this.#closed) return;
    }
  }

  /** Frees at once what may be freed, for instance because the disk is full. */
  freeNow(): void {
    this.#becomeDue(Infinity);
    this.#freeDue(Infinity);
    this.#waitAgain();
  }

  /** As `freeNow`, as soon as others can know of what was just removed. */
  freeSoon(): void {
    this.#cancelSoon ??= this.#parts.clock.after(2 * sealedWithinMs, () => {
      this.#cancelSoon = null;
      this.freeNow();
      // A disk that is busy took longer to note what was done.
      if (this.#dueAtMs.size > 0) this.freeSoon();
    });
  }

  close(): void {
    this.#cancelSoon?.();
    this.#becomeDue(Infinity);
    this.#freeDue(this.#parts.clock.monotonicMs() + patienceAtEndMs);
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #waitFor(delayMs: number): void {
    this.#cancelTimer ??= this.#parts.clock.after(delayMs, () => {
      this.#cancelTimer = null;
      const { clock, limits } = this.#parts;
      this.#becomeDue(clock.monotonicMs());
      const isDone = this.#freeDue(clock.monotonicMs() + limits.sliceMs);
      if (isDone) this.#waitAgain();
      else this.#waitFor(0);
    });
  }

  #waitAgain(): void {
    const [next] = this.#dueAtMs.values();
    const { clock, limits } = this.#parts;
    if (next !== undefined) this.#waitFor(Math.max(sealedWithinMs, next - clock.monotonicMs()));
    else if (this.#due.length > 0) this.#waitFor(limits.removedContentMs);
  }

  #becomeDue(nowMs: number): void {
    const frontier = this.#parts.replica.presentFrontier();
    if (frontier === undefined) return;
    const inodes = new Set<InodeId>();
    for (const [inode, dueAtMs] of this.#dueAtMs) {
      if (dueAtMs > nowMs) break;
      this.#dueAtMs.delete(inode);
      inodes.add(inode);
    }
    if (inodes.size === 0) return;
    // While a peer is away much is removed: what waits behind the first shares one frontier, the latest, so that a look stays short.
    const waiting = this.#due.length > 1 ? this.#due.pop()?.inodes : undefined;
    for (const inode of inodes) waiting?.add(inode);
    this.#due.push({ inodes: waiting ?? inodes, frontier });
  }

  /** False when there was no time for all that may be freed. */
  #freeDue(untilMs: number): boolean {
    const { replica, clock } = this.#parts;
    for (const { inodes, frontier } of this.#due) {
      // What came later covers more.
      if (!replica.isSeenByAll(frontier, this.#parts.knownDevices())) break;
      for (const inode of inodes) {
        inodes.delete(inode);
        this.#free(inode);
        if (clock.monotonicMs() > untilMs) return false;
      }
    }
    this.#due = this.#due.filter(({ inodes }) => inodes.size > 0);
    return true;
  }

  #free(inode: InodeId): void {
    if (!this.#isUnneeded(inode)) return;
    try {
      this.#parts.content.remove(fileIdOf(inode));
    } catch (error) {
      this.#parts.logger.warn({ inode, error }, 'the bytes of a removed file could not be freed');
    }
  }

  #isUnneeded(inode: InodeId): boolean {
    const { replica, references, files } = this.#parts;
    if (references.has(inode) || files.get(inode) !== undefined) return false;
    if (this.#parts.isAwaited(inode)) return false;
    const node = replica.node(inode);
    // The number of a version that is not shown any more.
    const isVersion = node === undefined && replica.fileOfVersion(inode) !== undefined;
    if (node === undefined) return isVersion || this.#parts.isGivenUp(inode);
    return node.type === 'file' && node.links === 0;
  }
}

export interface RemovedContentParts {
  readonly replica: Replica;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: FileSystemLimits;
  readonly references: InodeReferences;
  readonly files: OpenFiles;
  readonly room: Room;
  knownDevices(): Iterable<DeviceId>;
  /** Its bytes are about to be taken elsewhere. */
  isAwaited(inode: InodeId): boolean;
  /** The tree does not know the number, and what is here under it was kept elsewhere. */
  isGivenUp(inode: InodeId): boolean;
}
