import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';
import { bytes } from './fields.ts';

/** Asks for the piece of a checkpoint's file that begins at `offset`. */
export interface CheckpointRequest {
  readonly threshold: number;
  readonly hash: Buffer;
  readonly offset: number;
}

const format = z.tuple([
  z.int().min(1),
  bytes.refine((value) => value.length === 32, 'a hash is 32 bytes'),
  z.int().min(0).max(Number.MAX_SAFE_INTEGER),
]);

export function encodeCheckpointRequest(request: CheckpointRequest): Uint8Array {
  return encode([request.threshold, request.hash, request.offset]);
}

export function decodeCheckpointRequest(body: Buffer): CheckpointRequest {
  const [threshold, hash, offset] = decodeAs(format, body);
  return { threshold, hash, offset };
}
