import { z } from 'zod';
import { hashLength } from '../../crypto/hash.ts';
import type { LogHead } from '../../metadata/replica.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes, deviceId, maximumDevices, sequence } from './fields.ts';

const hash = bytes.refine(
  (value) => value.length === hashLength,
  'a hash is too long or too short',
);
const format = z.array(z.tuple([deviceId, sequence, hash])).max(maximumDevices);

/** The last batch of each device's log that the sender has, by its hash. */
export function encodeLogHeads(heads: readonly LogHead[]): Uint8Array {
  return encode(heads.map(({ device, sequence: last, hash: of }) => [device, last, of]));
}

export function decodeLogHeads(body: Buffer): LogHead[] {
  return decodeAs(format, body).map(([device, last, of]) => {
    return { device, sequence: last, hash: of };
  });
}
