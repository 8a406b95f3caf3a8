import { hashLength } from '../../crypto/hash.ts';

/** How far a device's log goes, and what the next batch must continue. */
export interface DeviceProgress {
  /** Of the last batch; 0 for none. */
  readonly sequence: number;
  /** Operations in all batches. */
  readonly operations: number;
  /** Where the last record ends in the log file. */
  readonly logBytes: number;
  readonly hash: Buffer;
  /** Of the last operation, as text. */
  readonly lastStamp: string;
  /** DER, the last that its log carries. */
  readonly certificate: Buffer;
  /** Of the batch that carries it, or of one before which everything was folded. */
  readonly certificateSequence: number;
}

const hashAt = 32;
const stampAt = hashAt + hashLength;
const certificateAt = stampAt + 12;

export function encodeProgress(progress: DeviceProgress): Buffer {
  const bytes = Buffer.alloc(certificateAt + progress.certificate.length);
  bytes.writeDoubleBE(progress.sequence, 0);
  bytes.writeDoubleBE(progress.operations, 8);
  bytes.writeDoubleBE(progress.logBytes, 16);
  bytes.writeDoubleBE(progress.certificateSequence, 24);
  progress.hash.copy(bytes, hashAt);
  bytes.write(progress.lastStamp, stampAt, 'latin1');
  progress.certificate.copy(bytes, certificateAt);
  return bytes;
}

export function decodeProgress(bytes: Buffer): DeviceProgress {
  return {
    sequence: bytes.readDoubleBE(0),
    operations: bytes.readDoubleBE(8),
    logBytes: bytes.readDoubleBE(16),
    hash: Buffer.from(bytes.subarray(hashAt, stampAt)),
    lastStamp: bytes.toString('latin1', stampAt, certificateAt),
    certificateSequence: bytes.readDoubleBE(24),
    certificate: Buffer.from(bytes.subarray(certificateAt)),
  };
}

/** Where a batch is, and how many operations its device's log has up to its end. */
export interface BatchPosition {
  readonly offset: number;
  readonly operations: number;
}

export function encodePosition({ offset, operations }: BatchPosition): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(offset, 0);
  bytes.writeDoubleBE(operations, 8);
  return bytes;
}

export function decodePosition(bytes: Buffer): BatchPosition {
  return { offset: bytes.readDoubleBE(0), operations: bytes.readDoubleBE(8) };
}

/** An operation that asks for a checkpoint, with the number of its author's batch that holds it. */
export interface ProposalRow {
  readonly sequence: number;
  readonly body: Buffer;
}

export function encodeProposalRow(sequence: number, body: Buffer): Buffer {
  const head = Buffer.allocUnsafe(8);
  head.writeDoubleBE(sequence);
  return Buffer.concat([head, body]);
}

export function decodeProposalRow(bytes: Buffer): ProposalRow {
  return { sequence: bytes.readDoubleBE(0), body: bytes.subarray(8) };
}
