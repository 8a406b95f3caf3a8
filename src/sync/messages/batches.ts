import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';
import { bytes } from './fields.ts';

/** Batches of the log, as their authors signed them. */
export interface Batches {
  readonly batches: readonly Uint8Array[];
  readonly part: BatchesPart;
}

/**
 * `live`: just made or just heard of. `more`: answers an announcement that wants, and the sender waits for the next one to send the
 * rest. `last`: answers an announcement that wants, and nothing is left (the list may be empty).
 */
export type BatchesPart = 'live' | 'more' | 'last';

const parts = ['live', 'more', 'last'] as const satisfies readonly BatchesPart[];

const maximumBatches = 65_536;

const format = z.tuple([
  z.array(bytes).max(maximumBatches),
  z
    .int()
    .min(0)
    .max(parts.length - 1),
]);

export function encodeBatches(message: Batches): Uint8Array {
  return encode([message.batches, parts.indexOf(message.part)]);
}

export function decodeBatches(body: Buffer): Batches {
  const [batches, part] = decodeAs(format, body);
  return { batches, part: parts[part] ?? 'live' };
}
