import { z } from 'zod';
import type { CheckpointOffer } from '../../metadata/checkpoint/sharing.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes, frontierEntries } from './fields.ts';

const hash = bytes.refine((value) => value.length === 32, 'a hash is 32 bytes');

const format = z.tuple([
  z.int().min(1),
  hash,
  z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  bytes,
  frontierEntries,
]);

export function encodeCheckpointOffer(offer: CheckpointOffer): Uint8Array {
  return encode([offer.threshold, offer.hash, offer.bytes, offer.proof, [...offer.cut]]);
}

export function decodeCheckpointOffer(body: Buffer): CheckpointOffer {
  const [threshold, hashOffered, length, proof, cut] = decodeAs(format, body);
  // Copies, since they outlive the message.
  return {
    ...{ threshold, bytes: length, cut: new Map(cut) },
    ...{ hash: Buffer.from(hashOffered), proof: Buffer.from(proof) },
  };
}
