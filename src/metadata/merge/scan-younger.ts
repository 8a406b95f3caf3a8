import { appliedKey, appliedRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import type { MergeLimits } from './limits.ts';
import type { Pace, Sliced } from './pace.ts';
import { YoungerOperations } from './younger-operations.ts';

/** Rows of `applied` read at once. */
const scannedAtOnce = 128;

/** What was applied after the operation of the stamp `stampText`. */
export function* youngerThan(
  stampText: string,
  rows: Rows,
  limits: MergeLimits,
  pace: Pace,
): Sliced<YoungerOperations> {
  const younger = new YoungerOperations(limits);
  for (let last = appliedKey(stampText); ;) {
    const page = rows.after(last, appliedRange, scannedAtOnce);
    for (const { key, value } of page) younger.noteRecord(key.slice(-12), value);
    const end = page.at(-1);
    if (end === undefined || page.length < scannedAtOnce) break;
    last = end.key;
    yield* pace.rest();
  }
  return younger;
}
