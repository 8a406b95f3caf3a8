import type { FileLocks, HeldLock } from './file-locks.ts';
import { excludes } from './lock-table.ts';

/** Peers that hold locks which this one excludes: it was taken where nobody knew of theirs. */
export function contendersOf(locks: FileLocks, lock: HeldLock): Set<number> {
  const contenders = new Set<number>();
  for (const { owner, ranges } of locks.tables[lock.kind].owners()) {
    if (owner.device === lock.owner.device) continue;
    const excluded = ranges.some((held) => excludes(held, lock.type, lock.start, lock.end));
    if (excluded) contenders.add(owner.device);
  }
  return contenders;
}
