import { Arbiter } from './arbiter.ts';
import { FileLocks } from './file-locks.ts';
import { sharedForMs } from './limits.ts';
import type { FileMessage } from './messages.ts';

/** A message that waits for something, and who sent it. */
export interface Deferred {
  readonly from: number;
  readonly message: FileMessage;
}

/** What a coordinator knows of one file. */
export class CoordinatedFile {
  readonly inode: number;
  readonly arbiter: Arbiter;
  /** Who judges by himself; null when the coordinator does. */
  delegate: number | null = null;
  /** The delegate was asked to give the file back. */
  recalled = false;
  /** What others want until then. */
  readonly deferred: Deferred[] = [];
  /** Pairs of peers that were told that they hold locks against each other. */
  readonly contested = new Set<string>();
  #user: number | null = null;
  #sharedAtMs = -Infinity;

  constructor(inode: number, changed: (device: number, ranges: number) => void) {
    this.inode = inode;
    this.arbiter = new Arbiter(new FileLocks(changed));
  }

  used(by: number, nowMs: number): void {
    if (this.#user !== null && this.#user !== by) this.#sharedAtMs = nowMs;
    this.#user = by;
  }

  /** Whether only this peer has to do with the file. */
  isOnlyOf(device: number, nowMs: number): boolean {
    if (this.arbiter.waiting.length > 0 || this.deferred.length > 0) return false;
    if (nowMs - this.#sharedAtMs < sharedForMs) return false;
    for (const { owner } of this.arbiter.locks.all()) if (owner.device !== device) return false;
    return true;
  }

  /** Nothing would be lost if it were forgotten. */
  isForgettable(nowMs: number): boolean {
    const { locks, waiting } = this.arbiter;
    if (this.delegate !== null || locks.count > 0 || waiting.length > 0) return false;
    return this.deferred.length === 0 && nowMs - this.#sharedAtMs >= sharedForMs;
  }
}
