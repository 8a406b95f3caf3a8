import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';
import { bytes, deviceId } from './fields.ts';

/** Whom a peer is connected to, as it signed it: passed on by anybody, and believed for its signature alone. */
export interface LockLinkState {
  readonly version: number;
  readonly neighbours: readonly number[];
  /** DER, of the peer itself. */
  readonly certificate: Buffer;
}

/** A peer has at most 128 links: see the network's limits. */
const maximumNeighbours = 1024;

const format = z.tuple([bytes, bytes]);
const payloadFormat = z.tuple([
  z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  z.array(deviceId).max(maximumNeighbours),
  bytes,
]);

/** What is signed. */
export function encodeLinkState({ version, neighbours, certificate }: LockLinkState): Uint8Array {
  return encode([version, neighbours, certificate]);
}

export function decodeLinkState(payload: Buffer): LockLinkState {
  const [version, neighbours, certificate] = decodeAs(payloadFormat, payload);
  return { version, neighbours, certificate };
}

export interface Signed {
  readonly payload: Buffer;
  readonly signature: Buffer;
}

export function encodeSigned({ payload, signature }: Signed): Uint8Array {
  return encode([payload, signature]);
}

export function decodeSigned(body: Buffer): Signed {
  const [payload, signature] = decodeAs(format, body);
  return { payload, signature };
}
