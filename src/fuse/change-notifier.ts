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

/**
 * Turns changes that the kernel did not cause into notifications. Names and attributes go one lane, pages another: dropping a page waits
 * for a read of it that is under way, perhaps for a peer, and names must not wait for that.
 */
export class ChangeNotifier implements ChangeObserver {
  readonly #names: NotificationLane;
  readonly #pages: NotificationLane;
  /** Inodes to be announced at the end of this turn: a directory in which a thousand names change is announced once. */
  #changed = new Set<number>();

  readonly #waitingReads: WaitingReads;

  /** The descriptor may be closed at once. */
  constructor(descriptor: number, waitingReads: WaitingReads) {
    this.#waitingReads = waitingReads;
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
  }

  #dropPages(inode: InodeId, range: Range): void {
    this.#pages.add(invalidatePages(inode, range.position, range.length));
  }

  #announce(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const inode of changed) this.#names.add(invalidateAttributes(inode));
  }
}
