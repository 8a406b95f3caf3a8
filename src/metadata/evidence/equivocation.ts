import type { DeviceId } from '../../identity/ids.ts';
import { type Batch, decodeBatch, hashOfBatch, isSignedBy } from '../codec/batch.ts';
import { Malformed } from '../codec/malformed.ts';
import type { CertificateReader } from '../log/known-device.ts';

// A device has one history, each batch of which continues the one before. Two batches that it signed and that cannot be in one
// history prove that it has two: anybody can check that, and needs nothing but the batches and the certificates they were signed with.

export interface SignedBatch {
  readonly bytes: Buffer;
  /** DER, of the device at that time. */
  readonly certificate: Buffer;
}

/** `second` has the same number as `first` and is another batch, or the next number and does not continue it. */
export interface Equivocation {
  readonly first: SignedBatch;
  readonly second: SignedBatch;
}

/** What a proof proves. */
export interface ProvenEquivocation {
  readonly device: DeviceId;
  readonly user: string;
  /** The number of the second batch. */
  readonly sequence: number;
}

export interface ProofContext {
  readonly network: string;
  readonly certificateInfo: CertificateReader;
}

/** Undefined when it proves nothing. */
export function verifyEquivocation(
  { first, second }: Equivocation,
  context: ProofContext,
): ProvenEquivocation | undefined {
  const one = readSigned(first, context);
  const other = readSigned(second, context);
  if (!one || !other || one.batch.device !== other.batch.device) return undefined;
  if (!areOfTwoHistories(one.batch, first.bytes, other.batch, second.bytes)) return undefined;
  return { device: one.batch.device, user: one.user, sequence: other.batch.sequence };
}

function areOfTwoHistories(one: Batch, oneBytes: Buffer, other: Batch, otherBytes: Buffer) {
  if (one.sequence === other.sequence) return !oneBytes.equals(otherBytes);
  return other.sequence === one.sequence + 1 && !other.previousHash.equals(hashOfBatch(oneBytes));
}

function readSigned(
  { bytes, certificate }: SignedBatch,
  { network, certificateInfo }: ProofContext,
): { batch: Batch; user: string } | undefined {
  const info = certificateInfo(certificate);
  if ('refused' in info) return undefined;
  try {
    const batch = decodeBatch(bytes);
    const isSound = batch.device === info.device && isSignedBy(bytes, info.publicKey, network);
    return isSound ? { batch, user: info.user } : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
