import type { KeyObject } from 'node:crypto';
import { hash, hashLength } from '../../crypto/hash.ts';
import { signatureLength, signWithContext, verifyWithContext } from '../../crypto/signature.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { maximumDeviceId } from '../../identity/ids.ts';
import type { Operation } from '../operation.ts';
import type { Frontier } from '../replica.ts';
import { compareStamps, type Stamp } from '../stamp.ts';
import { CborReader } from './cbor-reader.ts';
import { CborWriter } from './cbor-writer.ts';
import { maximumMillis, readDevice } from './fields.ts';
import { Malformed } from './malformed.ts';
import { readOperation } from './operation-codec.ts';

// Byte by byte in docs/formats/log.md.

export const batchVersion = 2;

/** A batch must fit into one message beside others; an operation has at most about 200 KiB (an attribute's value and all groups). */
export const maximumBatchBytes = 1024 * 1024;

/** Reading so many takes a few milliseconds, in which nothing else happens. */
export const maximumBatchOperations = 4096;

/** Devices whose progress one batch reports; the next batch reports more. */
export const maximumSeen = 16_384;

/** Longest certificate: see identity. */
export const maximumCertificateBytes = 8192;

export const noHash: Buffer = Buffer.alloc(hashLength);

export interface BatchHeader {
  readonly device: DeviceId;
  /** 1 for a device's first. */
  readonly sequence: number;
  /** Hash of the batch before; `noHash` for the first. */
  readonly previousHash: Buffer;
  /** How far the author knew other devices' logs, as far as that changed since his batch before. */
  readonly seen: Frontier;
  /** DER, in the first batch and after a renewal. */
  readonly certificate: Buffer | null;
}

export interface StampedBody {
  readonly stamp: Stamp;
  readonly body: Buffer;
}

/** An operation together with the bytes that it was read from. */
export interface LoggedOperation {
  readonly operation: Operation;
  readonly body: Buffer;
}

export interface Batch extends BatchHeader {
  readonly operations: readonly LoggedOperation[];
}

export function encodeBatch(
  header: BatchHeader,
  operations: readonly StampedBody[],
  network: string,
  privateKey: KeyObject,
): Buffer {
  const first = operations[0]?.stamp ?? { millis: 0, counter: 0 };
  const writer = new CborWriter(4096);
  writer.array(8).integer(batchVersion).integer(header.device).integer(header.sequence);
  writer.bytes(header.previousHash).integer(first.millis);
  writer.array(header.seen.size * 2);
  for (const [device, sequence] of header.seen) writer.integer(device).integer(sequence);
  if (header.certificate) writer.bytes(header.certificate);
  else writer.null();
  writer.array(operations.length);
  for (const { stamp, body } of operations) {
    writer
      .array(3)
      .integer(stamp.millis - first.millis)
      .integer(stamp.counter)
      .raw(body);
  }
  const content = writer.take();
  return Buffer.concat([content, signWithContext(contextOf(network), content, privateKey)]);
}

/** Everything but the signature is checked, as far as the batch itself tells. Throws Malformed. Buffers are views of `bytes`. */
export function decodeBatch(bytes: Uint8Array): Batch {
  if (bytes.length > maximumBatchBytes) throw new Malformed('too long');
  const reader = new CborReader(bytes.subarray(0, Math.max(0, bytes.length - signatureLength)));
  const { millis, ...head } = readHead(reader);
  const operations = readOperations(reader, head.device, millis);
  reader.end('more than a batch');
  return { ...head, operations };
}

/** What a batch says before its operations, of which there may be many: for one that was checked before it was stored. */
export function decodeBatchHead(bytes: Uint8Array): BatchHead {
  return readHead(new CborReader(bytes));
}

/** With the time of the first operation, in milliseconds since 1970. */
export type BatchHead = BatchHeader & { readonly millis: number };

function readHead(reader: CborReader): BatchHead {
  reader.array('batch', 8, 8);
  reader.integer('version', batchVersion, batchVersion);
  const device = readDevice(reader);
  const sequence = reader.integer('sequence', 1, Number.MAX_SAFE_INTEGER);
  const previousHash = reader.bytes('previous hash', hashLength, hashLength);
  const millis = reader.integer('millis', 0, maximumMillis);
  const seen = readSeen(reader);
  const certificate = reader.nullable(() =>
    reader.bytes('certificate', 1, maximumCertificateBytes),
  );
  return { device, sequence, previousHash, millis, seen, certificate };
}

export function isSignedBy(bytes: Uint8Array, publicKey: KeyObject, network: string): boolean {
  const content = bytes.subarray(0, bytes.length - signatureLength);
  const signature = bytes.subarray(bytes.length - signatureLength);
  return verifyWithContext(contextOf(network), content, publicKey, signature);
}

export function hashOfBatch(bytes: Uint8Array): Buffer {
  return hash(bytes);
}

function contextOf(network: string): string {
  return `batch ${network}`;
}

function readSeen(reader: CborReader): Map<DeviceId, number> {
  const length = reader.array('seen', 0, maximumSeen * 2);
  if (length % 2 !== 0) throw new Malformed('seen');
  const seen = new Map<DeviceId, number>();
  for (let index = 0; index < length; index += 2) {
    const device = reader.integer('seen device', 1, maximumDeviceId) as DeviceId;
    seen.set(device, reader.integer('seen sequence', 1, Number.MAX_SAFE_INTEGER));
  }
  return seen;
}

function readOperations(reader: CborReader, device: DeviceId, millis: number): LoggedOperation[] {
  const count = reader.array('operations', 1, maximumBatchOperations);
  const operations: LoggedOperation[] = [];
  let previous: Stamp | undefined;
  for (let index = 0; index < count; index += 1) {
    reader.array('stamped operation', 3, 3);
    const later = reader.integer('stamp', 0, maximumMillis - millis);
    const stamp = { millis: millis + later, counter: reader.integer('stamp', 0, 65_535), device };
    if (previous && compareStamps(previous, stamp) >= 0) throw new Malformed('order of stamps');
    previous = stamp;
    const start = reader.offset;
    const operation = readOperation(reader, stamp);
    operations.push({ operation, body: reader.since(start) });
  }
  return operations;
}
