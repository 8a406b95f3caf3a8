import type { CoordinatedFile } from './coordinated-file.ts';
import type { FileLocks, HeldLock } from './file-locks.ts';
import { excludes } from './lock-table.ts';
import type { CoordinatorMessage } from './messages.ts';

/** No device has this number. */
const nobody = 0;

type Send = (to: number, message: CoordinatorMessage) => void;

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

/** Both are told, once. */
export function tellContested(
  { inode, contested }: CoordinatedFile,
  one: number,
  other: number,
  send: Send,
): void {
  const pair = `${Math.min(one, other)}-${Math.max(one, other)}`;
  if (contested.has(pair)) return;
  contested.add(pair);
  send(one, { kind: 'contested', inode, device: other });
  send(other, { kind: 'contested', inode, device: one });
}

/** Those who do not hold locks against each other any more are told so, or whom they still do. */
export function tellSettled({ inode, contested, arbiter }: CoordinatedFile, send: Send): void {
  for (const pair of contested) {
    const [one = nobody, other = nobody] = pair.split('-').map(Number);
    const own = [...arbiter.locks.of(one)];
    if (own.some((lock) => contendersOf(arbiter.locks, lock).has(other))) continue;
    contested.delete(pair);
    for (const to of [one, other]) {
      send(to, { kind: 'contested', inode, device: contenderOf(to, contested) });
    }
  }
}

function contenderOf(device: number, pairs: ReadonlySet<string>): number {
  const left = [...pairs].map((pair) => pair.split('-').map(Number));
  return left.find((pair) => pair.includes(device))?.find((other) => other !== device) ?? nobody;
}
