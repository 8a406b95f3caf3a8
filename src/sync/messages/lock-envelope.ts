import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';
import { bytes, deviceId } from './fields.ts';

/** What one peer says to another of locks, on its way there. */
export interface LockEnvelope {
  /** The view in which it is said, in hex: it means nothing in another. */
  readonly view: string;
  readonly from: number;
  readonly to: number;
  /** Of all from this sender to this receiver in this view; from 1. */
  readonly sequence: number;
  /** A lock message. */
  readonly payload: Buffer;
  /** By the sender, over all that stands before; null on the link with the sender itself. */
  readonly signature: Buffer | null;
}

const viewBytes = 16;

const view = bytes.refine((value) => value.length === viewBytes, 'a view is 16 bytes');

const format = z.tuple([
  ...([view, deviceId, deviceId] as const),
  ...([z.int().min(1).max(Number.MAX_SAFE_INTEGER), bytes, bytes.nullable()] as const),
]);

export function encodeEnvelope(envelope: LockEnvelope): Uint8Array {
  const { from, to, sequence, payload, signature } = envelope;
  return encode([Buffer.from(envelope.view, 'hex'), from, to, sequence, payload, signature]);
}

/** What the signature is made over. */
export function signedPart({ view: id, from, to, sequence, payload }: LockEnvelope): Uint8Array {
  return encode([Buffer.from(id, 'hex'), from, to, sequence, payload]);
}

export function decodeEnvelope(body: Buffer): LockEnvelope {
  const [id, from, to, sequence, payload, signature] = decodeAs(format, body);
  return { view: id.toString('hex'), from, to, sequence, payload, signature };
}
