import { LockPeer } from '../../locks/lock-peer.ts';
import { kindPosix, type LockKind } from '../../locks/file-locks.ts';
import type { Holder, LockWish, Settle } from '../../locks/holder.ts';
import { lastPosition, type Position } from '../../locks/position.ts';
import type { InodeId } from '../../metadata/ids.ts';
import type { Clock } from '../../platform/clock.ts';

/** What grants the locks of this machine. */
export interface LockService {
  readonly holder: Holder;
  /** Something is wanted: time matters from now on. */
  watch(): void;
}

/**
 * fcntl(2)'s and flock(2)'s locks of open files. Two files that became one in the tree have one set of locks from then on; what was held
 * before stays where it was taken until it is let go.
 */
export class FileLocking {
  readonly #mergedInto: (inode: InodeId) => InodeId;
  #service: LockService;

  /** Among the processes of this machine, until `grantThrough` says otherwise. */
  constructor(mergedInto: (inode: InodeId) => InodeId, clock: Clock) {
    this.#mergedInto = mergedInto;
    const { holder } = new LockPeer({ ...alone, monotonicMs: () => clock.monotonicMs() });
    this.#service = { holder, watch: () => undefined };
  }

  /** Before anybody asks for a lock. */
  grantThrough(service: LockService): void {
    this.#service = service;
  }

  /** `told` is called once, perhaps before this returns. The number is for `cancel`. */
  acquire(inode: InodeId, wish: LockWish, told: Settle): number {
    const id = this.#service.holder.acquire(this.#mergedInto(inode), wish, told);
    this.#service.watch();
    return id;
  }

  /** What would be in the way? */
  test(inode: InodeId, wish: LockWish, told: Settle): number {
    const id = this.#service.holder.test(this.#mergedInto(inode), wish, told);
    this.#service.watch();
    return id;
  }

  cancel(id: number): void {
    this.#service.holder.cancel(id);
  }

  release(inode: InodeId, kind: LockKind, owner: string, start: Position, end: Position): void {
    for (const each of this.#both(inode)) {
      this.#service.holder.release(each, kind, owner, start, end);
    }
  }

  /** Whether there may be something to release: usually there is not. */
  hasLocks(inode: InodeId): boolean {
    const { files } = this.#service.holder;
    return files.size > 0 && this.#both(inode).some((each) => files.has(each));
  }

  /** A process closes one of its descriptors of the file: whatever it holds by fcntl(2) ends. */
  releaseOwner(inode: InodeId, owner: string): void {
    this.release(inode, kindPosix, owner, 0, lastPosition);
  }

  /** The last descriptor of an open file description is gone, and so is what was taken through it. */
  releaseHandle(inode: InodeId, handle: number): void {
    if (!this.hasLocks(inode)) return;
    for (const each of this.#both(inode)) this.#service.holder.releaseHandle(each, handle);
  }

  /** Nobody uses anything any more. */
  releaseAll(): void {
    this.#service.holder.releaseAll();
  }

  #both(inode: InodeId): InodeId[] {
    const merged = this.#mergedInto(inode);
    return merged === inode ? [inode] : [inode, merged];
  }
}

const alone = {
  self: 0,
  send: () => undefined,
  mayLock: () => true,
  misbehaves: () => undefined,
  hasBatch: () => true,
  publish: () => undefined,
  position: () => 0,
  reach: () => undefined,
  beginAnew: () => undefined,
};
