import { FileLocks, kindFlock, type LockKind } from './file-locks.ts';
import { excludes, type LockOwner, type LockType } from './lock-table.ts';
import { yieldToWaitersMs } from './limits.ts';
import type { Position } from './position.ts';

/** A wish for a lock. */
export interface LockRequest {
  /** Of the peer that asks; with its device, of the wish. */
  readonly id: number;
  readonly kind: LockKind;
  readonly owner: LockOwner;
  readonly type: LockType;
  readonly start: Position;
  readonly end: Position;
  /** Otherwise it is refused when it cannot be had at once. */
  readonly waits: boolean;
  /** When it was made first, by the monotonic clock of whoever judges. */
  readonly sinceMs: number;
}

export type Judgement = 'granted' | 'refused' | 'waits';

/**
 * Judges the wishes for locks of one file, first come first served: who waits is not overtaken by later ones who would wait too. That
 * holds back nobody who has a lock of the file already, as the one who waits may wait for him, and nobody for long: he may hold another
 * file's lock that somebody before him needs.
 */
export class Arbiter {
  readonly locks: FileLocks;
  #waiting: LockRequest[] = [];

  constructor(locks = new FileLocks()) {
    this.locks = locks;
  }

  get waiting(): readonly LockRequest[] {
    return this.#waiting;
  }

  /** Afterwards others may have what they wait for, when this owner gave up something for it: see `grantWaiting`. */
  request(request: LockRequest, nowMs: number): Judgement {
    const holds = this.#holds(request);
    this.#dropForConversion(request);
    if (this.#mayHave(request, holds ? [] : this.#waiting, nowMs)) {
      this.locks.add(request);
      return 'granted';
    }
    if (!request.waits) return 'refused';
    // Those that come from elsewhere may have waited longer than those that are here.
    const place = this.#waiting.findIndex(({ sinceMs }) => sinceMs > request.sinceMs);
    this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, request);
    return 'waits';
  }

  /** Lets go; the wishes that this fulfils are granted by then. */
  release(
    kind: LockKind,
    owner: string,
    start: Position,
    end: Position,
    nowMs: number,
  ): LockRequest[] {
    return this.locks.tables[kind].clear(owner, start, end) ? this.grantWaiting(nowMs) : [];
  }

  /** Grants what can be granted, for instance because time has passed. */
  grantWaiting(nowMs: number): LockRequest[] {
    if (this.#waiting.length === 0) return [];
    const granted: LockRequest[] = [];
    const left: LockRequest[] = [];
    for (const request of this.#waiting) {
      const ahead = this.#holds(request) ? [] : left;
      if (!this.#mayHave(request, ahead, nowMs)) left.push(request);
      else {
        this.locks.add(request);
        granted.push(request);
      }
    }
    this.#waiting = left;
    return granted;
  }

  /** Nobody waits here any more. */
  takeWaiting(): LockRequest[] {
    return this.#waiting.splice(0);
  }

  /** The wish is given up; undefined when nobody waits for it any more. */
  cancel(device: number, id: number): LockRequest | undefined {
    const index = this.#waiting.findIndex(
      (other) => other.id === id && other.owner.device === device,
    );
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  #mayHave(request: LockRequest, ahead: readonly LockRequest[], nowMs: number): boolean {
    const { kind, owner, type, start, end, waits } = request;
    const table = this.locks.tables[kind];
    if (table.conflict(owner.key, type, start, end) !== undefined) return false;
    if (!waits || ahead.length === 0) return true;
    if (nowMs - request.sinceMs >= yieldToWaitersMs) return true;
    return !ahead.some(
      (other) =>
        other.kind === kind && other.owner.key !== owner.key && excludes(other, type, start, end),
    );
  }

  #holds({ kind, owner }: LockRequest): boolean {
    return this.locks.tables[kind].of(owner.key) !== undefined;
  }

  /** flock(2): to get another type, the one that is held is given up first, whatever comes of it. */
  #dropForConversion({ kind, owner, type, start, end }: LockRequest): void {
    if (kind !== kindFlock) return;
    const held = this.locks.tables[kindFlock].of(owner.key)?.ranges[0];
    if (held !== undefined && held.type !== type) {
      this.locks.tables[kindFlock].clear(owner.key, start, end);
    }
  }
}
