import type { InodeId } from '../metadata/ids.ts';
import type { Name } from '../metadata/name.ts';
import type { ChangeObserver } from '../vfs/file-system.ts';
import { gapsBetween, type Range, type WaitingReads } from './bridge/waiting-reads.ts';
import {
  deleteEntry,
  invalidateAttributes,
  invalidateEntry,
  invalidatePages,
  NotificationLane,
} from './kernel/notify.ts';

/** The pause before an inode is announced again that the kernel has been told of and does not hold yet; the next ones are longer. */
const firstPauseMs = 2;

/** A process may be stopped for hours before it takes an answer. */
const longestPauseMs = 1000;

/**
 * Turns changes that the kernel did not cause into notifications. Names and attributes go one lane, pages another: dropping a page waits
 * for a read of it that is under way, perhaps for a peer, and names must not wait for that.
 */
export class ChangeNotifier implements ChangeObserver {
  readonly #names: NotificationLane;
  readonly #pages: NotificationLane;
  /** Inodes to be announced at the end of this turn: a directory in which a thousand names change is announced once. */
  #changed = new Set<number>();

  readonly #pauses = new Set<NodeJS.Timeout>();

  readonly #waitingReads: WaitingReads;
  readonly #isReferenced: (inode: number) => boolean;

  /** The descriptor may be closed at once. `isReferenced`: whether an answer told the kernel of an inode that it has not forgotten. */
  constructor(
    descriptor: number,
    waitingReads: WaitingReads,
    isReferenced: (inode: number) => boolean,
  ) {
    this.#waitingReads = waitingReads;
    this.#isReferenced = isReferenced;
    this.#names = new NotificationLane(descriptor);
    this.#pages = new NotificationLane(descriptor);
  }

  entryChanged(parent: InodeId, name: Name, removed: InodeId | null): void {
    if (removed === null) {
      this.#names.add(invalidateEntry(parent, name));
    } else {
      this.#names.add(deleteEntry(parent, removed, name));
      // It may have other names, or be open: the kernel believes now that it has no links.
      this.attributesChanged(removed);
    }
    this.attributesChanged(parent);
  }

  attributesChanged(inode: InodeId): void {
    if (this.#changed.size === 0) queueMicrotask(() => this.#announce());
    this.#changed.add(inode);
  }

  /** Pages that a read waits for are dropped when it has been answered, because its bytes may still be the old ones. */
  contentChanged(inode: InodeId, position: number, length: number): void {
    this.attributesChanged(inode);
    const reads = this.#waitingReads.touching(inode, { position, length });
    for (const gap of gapsBetween({ position, length }, reads)) this.#dropPages(inode, gap);
    for (const read of reads) read.afterwards.push(() => this.#dropPages(inode, read));
  }

  /** Resolves when the kernel has been told of every change so far, but for pages that a read waits for. */
  async settled(): Promise<void> {
    this.#announce();
    await Promise.all([this.#names.idle(), this.#pages.idle()]);
  }

  told(): Promise<void> | undefined {
    const isTold = this.#changed.size === 0 && this.#names.isIdle && this.#pages.isIdle;
    return isTold ? undefined : this.settled();
  }

  /** Says no more; resolves when its threads are done. */
  async close(): Promise<void> {
    await Promise.all([this.#names.close(), this.#pages.close()]);
    for (const pause of this.#pauses) clearTimeout(pause);
  }

  #dropPages(inode: InodeId, range: Range): void {
    this.#pages.add(invalidatePages(inode, range.position, range.length));
  }

  #announce(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const inode of changed) this.#announceInode(inode, firstPauseMs);
  }

  /**
   * The kernel makes an inode when the process that looked it up takes our answer. When it changed since we gave that, the announcement
   * comes too early and the old attributes would be kept for good: so it is made again until the kernel holds the inode or has
   * forgotten it.
   */
  #announceInode(inode: number, pauseMs: number): void {
    this.#names.add(invalidateAttributes(inode), () => {
      if (!this.#isReferenced(inode)) return;
      const pause = setTimeout(() => {
        this.#pauses.delete(pause);
        this.#announceInode(inode, Math.min(2 * pauseMs, longestPauseMs));
      }, pauseMs);
      this.#pauses.add(pause);
    });
  }
}
