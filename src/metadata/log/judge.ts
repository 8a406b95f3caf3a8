import type { DeviceId } from '../../identity/ids.ts';
import { type Batch, hashOfBatch, isSignedBy, noHash } from '../codec/batch.ts';
import type { Equivocation } from '../evidence/equivocation.ts';
import type { OffenceKind } from '../evidence/offence.ts';
import { stampToText } from '../stamp.ts';
import type { CertificateReader, DeviceCertificate } from './known-device.ts';

/** Where a device's log ends: what its next batch must continue. */
export interface Tail {
  readonly sequence: number;
  readonly hash: Buffer;
  readonly lastStamp: string;
  /** Undefined before the first batch. */
  readonly certificate: DeviceCertificate | undefined;
}

export const emptyTail: Tail = {
  sequence: 0,
  hash: noHash,
  lastStamp: '',
  certificate: undefined,
};

export type Judgement =
  | { readonly kind: 'new'; readonly tail: Tail }
  | { readonly kind: 'known' }
  /** A batch between is not here. */
  | { readonly kind: 'missing' }
  | RefusedBatch;

/** Why a batch is refused for good. Only a proof says something against the device that the batch names. */
export interface RefusedBatch {
  readonly kind: 'refused';
  readonly offence: OffenceKind;
  readonly reason: string;
  readonly proof?: Equivocation;
}

/** A batch that is in the log. */
export interface LoggedBytes {
  readonly bytes: Buffer;
  /** DER, of the device at that time. */
  readonly certificate: () => Buffer;
}

export interface JudgeContext {
  readonly network: string;
  readonly certificateInfo: CertificateReader;
  /** The batch of this number in the log; undefined when it is not kept any more. */
  readonly logged: (device: DeviceId, sequence: number) => LoggedBytes | undefined;
}

/** Whether a well-formed batch may be added to its device's log. */
export function judge(batch: Batch, bytes: Buffer, tail: Tail, context: JudgeContext): Judgement {
  if (batch.sequence > tail.sequence + 1) return { kind: 'missing' };
  if (batch.sequence <= tail.sequence) return judgeAgain(batch, bytes, tail, context);
  const certificate = certificateFor(batch, tail, context);
  if ('refused' in certificate) return refused('certificate', certificate.refused);
  if (!isSignedBy(bytes, certificate.publicKey, context.network)) {
    return refused('signature', 'the signature is wrong');
  }
  if (!batch.previousHash.equals(tail.hash)) return brokenChain(batch, bytes, tail, context);
  return judgeStamps(batch, bytes, tail, certificate);
}

/** A second batch of one number must be the same one. */
function judgeAgain(batch: Batch, bytes: Buffer, tail: Tail, context: JudgeContext): Judgement {
  const logged = context.logged(batch.device, batch.sequence);
  if (!logged || logged.bytes.equals(bytes)) return { kind: 'known' };
  const certificate = batch.certificate ?? logged.certificate();
  const info = context.certificateInfo(certificate);
  const isSigned =
    !('refused' in info) &&
    info.device === batch.device &&
    isSignedBy(bytes, info.publicKey, context.network);
  if (!isSigned) return refused('signature', 'the signature is wrong');
  const first = { bytes: logged.bytes, certificate: logged.certificate() };
  const reason = 'equivocation: the device signed two batches of one number';
  return refused('equivocation', reason, { first, second: { bytes, certificate } });
}

/** The signature is right. */
function brokenChain(batch: Batch, bytes: Buffer, tail: Tail, context: JudgeContext): Judgement {
  const reason = 'it does not continue the log of its device: the device signed two histories';
  const last = context.logged(batch.device, tail.sequence);
  if (!last) return refused('malformed', reason);
  const before = last.certificate();
  const first = { bytes: last.bytes, certificate: before };
  const second = { bytes, certificate: batch.certificate ?? before };
  return refused('equivocation', reason, { first, second });
}

function judgeStamps(
  batch: Batch,
  bytes: Buffer,
  tail: Tail,
  certificate: DeviceCertificate,
): Judgement {
  const [first] = batch.operations;
  const last = batch.operations.at(-1);
  if (!first || !last) return refused('malformed', 'it holds no operations');
  if (stampToText(first.operation.stamp) <= tail.lastStamp) {
    return refused('stamps', 'its stamps go back in time');
  }
  const lastStamp = stampToText(last.operation.stamp);
  const hash = hashOfBatch(bytes);
  return { kind: 'new', tail: { sequence: batch.sequence, hash, lastStamp, certificate } };
}

/** The one that the batch carries, else the last one before. A renewal names the same device and user. */
function certificateFor(
  batch: Batch,
  tail: Tail,
  { certificateInfo }: JudgeContext,
): DeviceCertificate | { refused: string } {
  if (!batch.certificate) {
    return tail.certificate ?? { refused: 'the first batch of a device lacks its certificate' };
  }
  const certificate = certificateInfo(batch.certificate);
  if ('refused' in certificate) return certificate;
  if (certificate.device !== batch.device)
    return { refused: 'the certificate belongs to another device' };
  const before = tail.certificate;
  const isSame = !before || (before.uid === certificate.uid && before.user === certificate.user);
  return isSame ? certificate : { refused: 'the device changed its user' };
}

function refused(offence: OffenceKind, reason: string, proof?: Equivocation): RefusedBatch {
  return { kind: 'refused', offence, reason, ...(proof && { proof }) };
}
