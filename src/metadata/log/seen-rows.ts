import type { DeviceId } from '../../identity/ids.ts';
import type { Frontier } from '../replica.ts';
import { inodeFromText, restOfKey } from '../state/tree-key.ts';
import { seenKey, seenRangeOf } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';

// How far each author said that others' logs were known to him.

export function readSeen(rows: Rows, author: DeviceId): Map<DeviceId, number> {
  const seen = new Map<DeviceId, number>();
  for (const { key, value } of rows.all(seenRangeOf(author))) {
    seen.set(inodeFromText(restOfKey(key), 8) as number as DeviceId, value.readDoubleBE(0));
  }
  return seen;
}

/** Within a transaction. What was seen once stays seen. */
export function writeSeen(rows: Rows, author: DeviceId, seen: Frontier): void {
  for (const [device, sequence] of seen) {
    if ((rows.peek(seenKey(author, device))?.readDoubleBE(0) ?? 0) >= sequence) continue;
    const value = Buffer.alloc(8);
    value.writeDoubleBE(sequence);
    rows.put(seenKey(author, device), value);
  }
}
