import type { StagedRow } from './stage.ts';

interface StoredRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** At most `limit` rows of a table as they are when what stands above counts in their place. Both come in the same order. */
export function* overlaid(
  below: Iterable<StoredRow>,
  above: Iterable<StagedRow>,
  limit: number,
  reverse: boolean,
): Generator<StoredRow> {
  const lower = below[Symbol.iterator]();
  const upper = above[Symbol.iterator]();
  try {
    let stored = lower.next();
    let staged = upper.next();
    for (let left = limit; left > 0 && (!stored.done || !staged.done);) {
      const order = compare(stored, staged, reverse);
      if (order < 0 && !stored.done) {
        yield stored.value;
        left -= 1;
      }
      if (order >= 0 && !staged.done && staged.value.value !== null) {
        yield { key: staged.value.key, value: staged.value.value };
        left -= 1;
      }
      // One key in both: what stands above was taken.
      if (order <= 0) stored = lower.next();
      if (order >= 0) staged = upper.next();
    }
  } finally {
    lower.return?.();
    upper.return?.();
  }
}

/** Negative when the stored one comes first; whoever is at its end comes last. */
function compare(
  stored: IteratorResult<StoredRow, unknown>,
  staged: IteratorResult<StagedRow, unknown>,
  reverse: boolean,
): number {
  if (stored.done) return 1;
  if (staged.done) return -1;
  const order = Buffer.compare(stored.value.key, staged.value.key);
  return reverse ? -order : order;
}
