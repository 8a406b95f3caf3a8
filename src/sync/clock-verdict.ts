// What the clocks of other peers say about this machine's. Pure.

/** Clocks that differ by more than this are not the same time any more: nobody sets a clock so badly, and no round trip takes so long. */
export const toleratedMs = 60_000;

/** A peer's clock. */
export interface ClockVote {
  /** Who has one voice: a person with ten devices is not ten people. */
  readonly voter: string;
  /** The peer's clock less this machine's. */
  readonly offsetMs: number;
}

export interface ClockVerdict {
  /** The median of the voters' clocks less this machine's; null when there are none. Negative: this machine is ahead. */
  readonly peersOffsetMs: number | null;
  /** The same of those who agree, when more than half of all, this machine included, agree with each other and not with it; else 0. */
  readonly majorityOffsetMs: number;
}

export function judgeClock(votes: readonly ClockVote[]): ClockVerdict {
  const offsets = voices(votes);
  if (offsets.length === 0) return { peersOffsetMs: null, majorityOffsetMs: 0 };
  return { peersOffsetMs: median(offsets), majorityOffsetMs: majority([...offsets, 0]) };
}

/** Whether the two are about the same time. */
export function agrees(offsetMs: number): boolean {
  return Math.abs(offsetMs) <= toleratedMs;
}

/** One offset for each voter: the median of his machines. */
function voices(votes: readonly ClockVote[]): number[] {
  const byVoter = new Map<string, number[]>();
  for (const { voter, offsetMs } of votes) {
    byVoter.set(voter, [...(byVoter.get(voter) ?? []), offsetMs]);
  }
  return [...byVoter.values()].map(median);
}

/** The largest group that lies within the tolerance speaks, if it is more than half. */
function majority(offsets: readonly number[]): number {
  const groups = offsets.map((first) =>
    offsets.filter((offset) => offset >= first && offset <= first + toleratedMs),
  );
  const largest = groups.reduce((best, group) => (group.length > best.length ? group : best), []);
  if (largest.length * 2 <= offsets.length) return 0;
  const offset = median(largest);
  return agrees(offset) ? 0 : offset;
}

/** Of an even number, the one of the middle two that is nearer to this machine's clock. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.floor(sorted.length / 2)],
  ];
  return Math.abs(low) <= Math.abs(high) ? low : high;
}
