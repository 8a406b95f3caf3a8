import type { InodeId } from '../metadata/ids.ts';
import { isCurrent } from './adoption.ts';
import type { Context } from './context.ts';
import { followInBackground } from './follow-versions.ts';
import type { OpenFile } from './open-file.ts';
import { posixErrors } from './posix-error.ts';

/** How often it is looked whether what was written elsewhere is here, besides whenever the tree changes. */
const lookEveryMs = 5;

/** What another machine wrote under a lock that was passed on is usually here within milliseconds; later than this the lock is given up. */
const reachPatienceMs = 30_000;

/** A publication that fails is tried again so many times before a lock is passed on without it: the disk is full, or broken. */
const maximumAttempts = 10;

/** Sees to it that who gets a lock sees all that was written by those who let it go. */
export class LockCoherence {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Resolves when others can have all that was done here to the file, and to the tree; undefined when they can. */
  publish(inode: InodeId): Promise<void> | undefined {
    const file = this.#context.files.get(inode);
    if (file !== undefined) this.#context.passthrough.notice(file);
    if (!file?.unpublished && this.#isLogged()) return undefined;
    return this.#publish(inode);
  }

  /** Resolves when the file is here as it was when these logs were so long, and the kernel knows it; undefined when that is so. */
  reach(inode: InodeId, required: Map<number, number>): Promise<void> | undefined {
    this.#forgetReached(required);
    const told = this.#context.observer.told();
    const isHere = required.size === 0 && this.#isFollowing(inode) && told === undefined;
    return isHere ? undefined : this.#reach(inode, required);
  }

  async #publish(inode: InodeId): Promise<void> {
    const { publisher, files, replica, clock, limits, logger } = this.#context;
    for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
      try {
        const file = files.get(inode);
        if (file !== undefined) await publisher.publish(file);
        await replica.flush();
        return;
      } catch (error) {
        logger.warn({ inode, error, attempt }, 'a lock waits for a file to be published');
        await new Promise<void>((resolve) => clock.after(limits.firstRetryMs, resolve));
      }
    }
  }

  /** All that was performed here is in the log, and the log on the disk. */
  #isLogged(): boolean {
    const { replica } = this.#context;
    const present = replica.presentFrontier();
    if (present === undefined) return false;
    const durable = replica.frontier();
    return [...present].every(([device, sequence]) => (durable.get(device) ?? 0) >= sequence);
  }

  async #reach(inode: InodeId, required: Map<number, number>): Promise<void> {
    const { clock, observer } = this.#context;
    const endMs = clock.monotonicMs() + reachPatienceMs;
    for (;;) {
      this.#forgetReached(required);
      const file = this.#context.files.get(inode);
      if (required.size === 0) {
        if (file === undefined || isCurrent(this.#context, file)) break;
        this.#follow(file);
      }
      if (clock.monotonicMs() > endMs) return this.#giveUp(inode, required);
      await this.#something(file);
    }
    await observer.told();
  }

  /** Whoever said that there is more to come may be wrong, or worse: it holds up nobody else. */
  #giveUp(inode: InodeId, required: Map<number, number>): never {
    const positions = Object.fromEntries(required);
    this.#context.logger.warn({ inode, positions }, 'what was written under a lock did not come');
    required.clear();
    throw posixErrors.EIO;
  }

  #follow(file: OpenFile): void {
    const isEarly = this.#context.clock.monotonicMs() < file.adoptNotBeforeMs;
    if (file.turn === null && !isEarly) followInBackground(this.#context, file);
  }

  #something(file: OpenFile | undefined): Promise<unknown> {
    const soon = new Promise<void>((resolve) => {
      this.#context.clock.after(lookEveryMs, resolve);
    });
    return file?.turn ? Promise.race([file.turn, soon]) : soon;
  }

  #isFollowing(inode: InodeId): boolean {
    const file = this.#context.files.get(inode);
    return file === undefined || (file.turn === null && isCurrent(this.#context, file));
  }

  #forgetReached(required: Map<number, number>): void {
    if (required.size === 0) return;
    const applied = this.#context.replica.appliedFrontier() as ReadonlyMap<number, number>;
    for (const [device, sequence] of required) {
      if ((applied.get(device) ?? 0) >= sequence) required.delete(device);
    }
  }
}
