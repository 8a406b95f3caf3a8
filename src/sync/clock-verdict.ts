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
  /** More than half of all agree with each other: of the peers, this machine, and what was agreed before. */
  readonly isMajority: boolean;
  /** The median of those who agree less this machine's clock; 0 when it is one of them, or nobody agrees. */
  readonly majorityOffsetMs: number;
}

/** What was agreed before, less this machine's clock. `firm`: by a majority, and so it has a voice of its own. */
export interface EarlierTime {
  readonly offsetMs: number;
  readonly firm: boolean;
}

export function judgeClock(votes: readonly ClockVote[], agreed: EarlierTime | null): ClockVerdict {
  const offsets = voices(votes);
  const before = agreed ? [agreed.offsetMs] : [];
  const firm = agreed?.firm ? [agreed.offsetMs] : [];
  return {
    // While nobody is connected, what was agreed before speaks for them.
    peersOffsetMs: median(offsets.length > 0 ? offsets : before),
    ...majority([...offsets, ...firm, 0], offsets.length > 0),
  };
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
  return [...byVoter.values()].map((offsets) => median(offsets) ?? 0);
}

/**
 * The largest group that lies within the tolerance speaks, if it is more than half. While nobody is connected, what was agreed before
 * stands alone against this machine's clock, which somebody or something has set since.
 */
function majority(
  offsets: readonly number[],
  areConnected: boolean,
): Pick<ClockVerdict, 'isMajority' | 'majorityOffsetMs'> {
  const groups = offsets.map((first) =>
    offsets.filter((offset) => offset >= first && offset <= first + toleratedMs),
  );
  const largest = groups.reduce((best, group) => (group.length > best.length ? group : best), []);
  const [before] = offsets;
  if (!areConnected && offsets.length === 2 && before !== undefined) {
    return { isMajority: true, majorityOffsetMs: agrees(before) ? 0 : before };
  }
  if (largest.length * 2 <= offsets.length || offsets.length === 1) {
    return { isMajority: false, majorityOffsetMs: 0 };
  }
  const offsetMs = median(largest) ?? 0;
  return { isMajority: true, majorityOffsetMs: agrees(offsetMs) ? 0 : offsetMs };
}

/** Of an even number, the one of the middle two that is nearer to this machine's clock; null of none. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (low === undefined || high === undefined) return null;
  return Math.abs(low) <= Math.abs(high) ? low : high;
}
