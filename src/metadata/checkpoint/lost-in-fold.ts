import type { DeviceId } from '../../identity/ids.ts';
import { decodeBody } from '../codec/operation-codec.ts';
import type { OwnRefusals } from '../merge/own-refusals.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import type { OperationFields } from '../operation.ts';
import { decodeApplied } from '../state/applied-record.ts';
import { nodeKey, versionKey } from '../state/tree-key.ts';
import { stampFromText } from '../stamp.ts';
import { appliedKey, appliedRange, belatedKey } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { textAfter } from './state-rows.ts';

/** Rows read at once. */
const readAtOnce = 256;

/**
 * What this device did, and had an effect here, and is not in the checkpoint of the others that takes the place of it: they knew of
 * something before it by which its author had no right to it. Only of what has bytes: the others would be told of what came to an end.
 */
export function* noteLost(
  device: DeviceId,
  threshold: number,
  rows: Rows,
  next: Rows,
  refusals: OwnRefusals,
  pace: Pace,
): Sliced<void> {
  const range = { start: appliedRange.start, end: appliedKey(textAfter(threshold)) };
  for (let page = rows.first(range, readAtOnce); page.length > 0;) {
    for (const { key, value } of page) {
      const stampText = key.slice(-12);
      const stamp = stampFromText(stampText);
      if (stamp.device !== device || rows.peek(belatedKey(stampText))) continue;
      const { refused, body } = decodeApplied(value);
      const operation = decodeBody(body, stamp);
      if (refused !== undefined || isIn(next, operation.fields)) continue;
      const reason = 'it is not in the checkpoint of the others';
      next.transaction(() => refusals.put(next, operation, body, { code: 'ESTALE', reason }));
    }
    yield* pace.rest();
    const last = page.at(-1);
    page = last && page.length === readAtOnce ? rows.after(last.key, range, readAtOnce) : [];
  }
}

function isIn(rows: Rows, fields: OperationFields): boolean {
  if (fields.kind === 'create') return rows.peek(nodeKey(fields.inode)) !== undefined;
  if (fields.kind !== 'set-content') return true;
  const { beside } = fields;
  return rows.peek(versionKey(beside)) !== undefined || rows.peek(nodeKey(beside)) !== undefined;
}
