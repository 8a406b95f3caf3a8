import { kindPosix } from './file-locks.ts';
import type { HeldFile, Wish } from './held-file.ts';
import { excludes } from './lock-table.ts';

/**
 * Whether the processes of this machine would wait for each other in a circle if this wish waited: only over locks that are held here, of
 * which this peer knows for certain. As in Linux, the owners of fcntl's locks count, and nobody else.
 */
export function wouldDeadlock(
  wish: Wish,
  wishes: Iterable<Wish>,
  fileOf: (inode: number) => HeldFile | undefined,
): boolean {
  const waiting = [...wishes].filter(
    ({ request, stage }) => request.waits && request.kind === kindPosix && stage !== 'reaching',
  );
  const seen = new Set<string>();
  const next = [wish];
  for (const each of next) {
    for (const holder of holdersAgainst(each, fileOf(each.inode))) {
      if (holder === wish.request.owner.key) return true;
      if (seen.has(holder)) continue;
      seen.add(holder);
      next.push(...waiting.filter(({ request }) => request.owner.key === holder));
    }
  }
  return false;
}

function holdersAgainst({ request }: Wish, file: HeldFile | undefined): string[] {
  if (file === undefined) return [];
  const { owner: asking, type, start, end } = request;
  return [...file.arbiter.locks.tables[kindPosix].owners()]
    .filter(({ owner, ranges }) => {
      const isInTheWay = (held: (typeof ranges)[number]) =>
        excludes(held, type, start, end) && !file.isLetGo(owner.key, held.start, held.end);
      return owner.key !== asking.key && ranges.some(isInTheWay);
    })
    .map(({ owner }) => owner.key);
}
