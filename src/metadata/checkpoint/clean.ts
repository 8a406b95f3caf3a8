import type { Logs } from '../log/logs.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import { decodeApplied } from '../state/applied-record.ts';
import { kindOfKey, restOfKey, rowKind, type TreeKey } from '../state/tree-key.ts';
import { appliedKey, appliedRange, proposalKey, proposalRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { type CheckpointHeader } from './header.ts';
import { textAfter } from './state-rows.ts';

// Takes away what a checkpoint makes superfluous. May stop anywhere: whoever goes on with it finds what is left.

/** Rows that are removed in one transaction. */
const removedAtOnce = 128;

/** What could undo operations up to the threshold, and when their directories changed before they last did. */
export function* removeUndoRows(rows: Rows, threshold: number, pace: Pace): Sliced<void> {
  const range = { start: appliedRange.start, end: appliedKey(textAfter(threshold)) };
  for (let page = rows.first(range, removedAtOnce); page.length > 0;) {
    const directories = new Set(page.flatMap(({ value }) => changedDirectories(value)));
    for (const prefix of directories) {
      yield* removeOlderChanges(rows, prefix, threshold, pace);
      yield* pace.rest();
    }
    rows.transaction(() => {
      for (const { key } of page) rows.remove(key);
    });
    yield* pace.rest();
    page = rows.first(range, removedAtOnce);
  }
}

/** Requests for checkpoints that were answered one way or the other. */
export function removeProposals(rows: Rows, upToStamp: string): void {
  const keys = [...rows.all({ ...proposalRange, end: proposalKey(upToStamp) })];
  if (keys.length === 0) return;
  rows.transaction(() => {
    for (const { key } of keys) rows.remove(key);
  });
}

/**
 * Takes batches out of the logs that were folded whole by the checkpoint before the newest one: those who come back soon still find
 * what they lack there, and need no checkpoint.
 */
export async function cutLogs(logs: Logs, before: CheckpointHeader): Promise<void> {
  for (const { device, end } of before.devices) {
    if (end) await logs.dropUpTo(device, end);
  }
}

/** Beginnings of the keys of `change` rows. */
function changedDirectories(record: Buffer): string[] {
  const keys = [...decodeApplied(record).writes.keys()];
  return keys
    .filter((key) => kindOfKey(key) === rowKind.change)
    .map((key) => key.slice(0, key.length - restOfKey(key).length));
}

/** The youngest up to the threshold stays. */
function* removeOlderChanges(
  rows: Rows,
  prefix: string,
  threshold: number,
  pace: Pace,
): Sliced<void> {
  const start = prefix as TreeKey;
  const end = (prefix + textAfter(threshold)) as TreeKey;
  const [youngest] = rows.last({ start, end }, 1);
  if (!youngest) return;
  for (let page = rows.first({ start, end: youngest.key }, removedAtOnce); page.length > 0;) {
    rows.transaction(() => {
      for (const { key } of page) rows.remove(key);
    });
    yield* pace.rest();
    page = rows.first({ start, end: youngest.key }, removedAtOnce);
  }
}
