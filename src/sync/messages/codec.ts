import { Encoder } from 'cbor-x';
import type { z } from 'zod';

// Bodies are CBOR (RFC 8949) arrays; what a peer sends is checked field by field before anyone uses it.
const codec = new Encoder({ useRecords: false, tagUint8Array: false, largeBigIntToFloat: true });

export function encode(value: unknown): Uint8Array {
  return codec.encode(value);
}

/** Throws MalformedMessage, after which the sender is cut off. */
export function decodeAs<T>(format: z.ZodType<T>, body: Buffer): T {
  let value: unknown;
  try {
    value = codec.decode(body);
  } catch {
    throw new MalformedMessage('a message is not CBOR');
  }
  const result = format.safeParse(value);
  if (!result.success) throw new MalformedMessage(result.error.issues[0]?.message ?? 'unknown');
  return result.data;
}

/** The peer does not speak our language. Its link is closed with this reason. */
export class MalformedMessage extends Error {}
