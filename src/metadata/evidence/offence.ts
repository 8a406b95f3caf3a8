import type { DeviceId } from '../../identity/ids.ts';
import { CborReader } from '../codec/cbor-reader.ts';
import { CborWriter } from '../codec/cbor-writer.ts';
import { maximumBatchBytes, maximumCertificateBytes } from '../codec/batch.ts';
import { Malformed } from '../codec/malformed.ts';
import { readDevice } from '../codec/fields.ts';

// What somebody sent that no sound peer sends, and how it is kept: docs/formats/evidence.md

/** In the order of their numbers in the file. */
export const offenceKinds = [
  'equivocation',
  'malformed',
  'signature',
  'certificate',
  'stamps',
  'false-proof',
] as const;

export type OffenceKind = (typeof offenceKinds)[number];

export interface Offence {
  readonly kind: OffenceKind;
  /** Whose batch it is, or says to be; null when that cannot be read. */
  readonly device: DeviceId | null;
  /** The peer that sent it; null when it is not known. */
  readonly from: DeviceId | null;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly atMs: number;
  /** A clause. */
  readonly reason: string;
  /** The offending bytes; of an equivocation, the two batches. */
  readonly batches: readonly Buffer[];
  /** Of an equivocation, those that the batches were signed with. */
  readonly certificates: readonly Buffer[];
}

const formatVersion = 1;
const maximumReasonBytes = 1024;

/** More is not kept of what cannot be read anyhow. */
export const keptOfMalformedBytes = 64 * 1024;

export function encodeOffence(offence: Offence): Buffer {
  const { kind, device, from, atMs, reason, batches, certificates } = offence;
  const writer = new CborWriter(4096);
  writer.array(8).integer(formatVersion).integer(offenceKinds.indexOf(kind));
  for (const who of [device, from]) {
    if (who === null) writer.null();
    else writer.integer(who);
  }
  writer.integer(Math.floor(atMs)).bytes(Buffer.from(reason).subarray(0, maximumReasonBytes));
  for (const pieces of [batches, certificates]) {
    writer.array(pieces.length);
    for (const piece of pieces) writer.bytes(piece);
  }
  return writer.take();
}

/** Undefined when it is no evidence in a known version. */
export function decodeOffence(bytes: Uint8Array): Offence | undefined {
  try {
    return read(new CborReader(bytes));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function read(reader: CborReader): Offence {
  reader.array('evidence', 8, 8);
  reader.integer('version', formatVersion, formatVersion);
  const kind = offenceKinds[reader.integer('kind', 0, offenceKinds.length - 1)] ?? 'malformed';
  const device = reader.nullable(() => readDevice(reader));
  const from = reader.nullable(() => readDevice(reader));
  const atMs = reader.integer('time', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const reason = reader.bytes('reason', 0, maximumReasonBytes).toString();
  const batches = readPieces(reader, maximumBatchBytes);
  const certificates = readPieces(reader, maximumCertificateBytes);
  reader.end('more than evidence');
  return { kind, device, from, atMs, reason, batches, certificates };
}

function readPieces(reader: CborReader, maximumBytes: number): Buffer[] {
  const count = reader.array('pieces', 0, 2);
  return Array.from({ length: count }, () => Buffer.from(reader.bytes('piece', 0, maximumBytes)));
}
