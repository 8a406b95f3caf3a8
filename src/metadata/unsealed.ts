import type { DeviceId } from '../identity/ids.ts';
import type { Logger } from '../platform/logger.ts';
import type { StampedBody } from './codec/batch.ts';
import { decodeBody } from './codec/operation-codec.ts';
import { decodeApplied } from './state/applied-record.ts';
import { stampFromText, stampToText } from './stamp.ts';
import { appliedKey, appliedRange, unsealedKey } from './tables/global-key.ts';
import type { Rows } from './tables/rows.ts';

/**
 * Own operations that the process did not come to put into its log before it was killed: the database alone has them. Also where the
 * tree is about to be rebuilt because the rows are of another version, as far as they can be read.
 */
export function unsealedOperations(rows: Rows, device: DeviceId, logger: Logger): StampedBody[] {
  const first = rows.get(unsealedKey)?.toString('latin1');
  if (first === undefined) return [];
  try {
    return [...operationsFrom(rows, first)].filter(({ stamp }) => stamp.device === device);
  } catch (error) {
    logger.error({ error }, 'what was done last before the daemon was killed cannot be read');
    return [];
  }
}

function* operationsFrom(rows: Rows, first: string): Generator<StampedBody> {
  for (const { key, value } of rows.all({ ...appliedRange, start: appliedKey(first) })) {
    const stamp = stampFromText(key.slice(-12));
    const { body } = decodeApplied(value);
    // Nothing goes into the log that no peer could read.
    decodeBody(body, stamp);
    yield { stamp, body };
  }
}

/** Those that the log does not have. */
export function afterLog(operations: readonly StampedBody[], lastStamp: string): StampedBody[] {
  return operations.filter(({ stamp }) => stampToText(stamp) > lastStamp);
}
