import { LockTable, type LockOwner, type LockType } from './lock-table.ts';
import type { Position } from './position.ts';

export const kindPosix = 0;
export const kindFlock = 1;
/** Locks of fcntl(2), and those of flock(2): they do not mind each other. */
export type LockKind = typeof kindPosix | typeof kindFlock;

/** One lock as it is told to others. */
export interface HeldLock {
  readonly kind: LockKind;
  readonly owner: LockOwner;
  readonly type: LockType;
  readonly start: Position;
  readonly end: Position;
}

/** All locks of one file. */
export class FileLocks {
  readonly tables: readonly [LockTable, LockTable];

  /** As for LockTable. */
  constructor(changed?: (device: number, ranges: number) => void) {
    this.tables = [new LockTable(changed), new LockTable(changed)];
  }

  get count(): number {
    return this.tables[kindPosix].count + this.tables[kindFlock].count;
  }

  add({ kind, owner, type, start, end }: HeldLock): void {
    this.tables[kind].set(owner, type, start, end);
  }

  *all(): Generator<HeldLock> {
    for (const kind of [kindPosix, kindFlock] as const) {
      for (const { owner, ranges } of this.tables[kind].owners()) {
        for (const range of ranges) yield { kind, owner, ...range };
      }
    }
  }

  /** Those of one peer. */
  *of(device: number): Generator<HeldLock> {
    for (const lock of this.all()) if (lock.owner.device === device) yield lock;
  }
}
