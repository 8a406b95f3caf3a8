import { z } from 'zod';
import { maximumPartBytes } from '../../metadata/checkpoint/limits.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes } from './fields.ts';

/** A piece of a checkpoint's file; null when it is not there any more. */
export interface CheckpointPart {
  readonly threshold: number;
  readonly offset: number;
  readonly piece: Buffer | null;
}

const format = z.tuple([
  z.int().min(1),
  z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  bytes.refine((value) => value.length <= maximumPartBytes, 'a part is too long').nullable(),
]);

export function encodeCheckpointPart({ threshold, offset, piece }: CheckpointPart): Uint8Array {
  return encode([threshold, offset, piece]);
}

export function decodeCheckpointPart(body: Buffer): CheckpointPart {
  const [threshold, offset, piece] = decodeAs(format, body);
  return { threshold, offset, piece };
}
