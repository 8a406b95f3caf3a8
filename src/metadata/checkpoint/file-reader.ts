import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { hashLength } from '../../crypto/hash.ts';
import { Hasher } from '../../crypto/hasher.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import type { TreeKey } from '../state/tree-key.ts';
import type { Row } from '../tables/rows.ts';
import { checkpointMagic, checkpointVersion, prefixBytes, rowPrefixBytes } from './file-writer.ts';
import { type CheckpointHeader, decodeHeader } from './header.ts';

/** More than the certificates and names of as many devices as there can be. */
const maximumHeaderBytes = 256 * 1024 * 1024;

const readBytes = 256 * 1024;

/** A checkpoint whose bytes have their hash. */
export interface WholeCheckpoint {
  readonly path: string;
  readonly header: CheckpointHeader;
  readonly hash: Buffer;
  readonly bytes: number;
}

/** Reads all of a file; undefined when it is no checkpoint, or not as it was written. */
export function* verifyFile(path: string, pace: Pace): Sliced<WholeCheckpoint | undefined> {
  const descriptor = openIfThere(path);
  if (descriptor === undefined) return undefined;
  try {
    const bytes = fstatSync(descriptor).size;
    const header = readHeader(descriptor, bytes);
    if (!header) return undefined;
    const hasher = new Hasher();
    for (let at = 0; at < bytes - hashLength; at += readBytes) {
      hasher.update(readAt(descriptor, at, Math.min(readBytes, bytes - hashLength - at)));
      yield* pace.rest();
    }
    const hash = readAt(descriptor, bytes - hashLength, hashLength);
    return hash.equals(hasher.digest()) ? { path, header, hash, bytes } : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** The rows of a file that was verified. */
export function* rowsOfFile(path: string): Generator<Row> {
  const descriptor = openSync(path, 'r');
  try {
    const end = fstatSync(descriptor).size - hashLength;
    const start = prefixBytes + readAt(descriptor, 0, prefixBytes).readUInt32BE(12);
    yield* rowsBetween(descriptor, start, end);
  } finally {
    closeSync(descriptor);
  }
}

/** A piece of a file, shorter at its end; undefined when there is no such file. */
export function readPart(path: string, offset: number, length: number): Buffer | undefined {
  const descriptor = openIfThere(path);
  if (descriptor === undefined) return undefined;
  try {
    return readAt(descriptor, offset, length);
  } finally {
    closeSync(descriptor);
  }
}

function* rowsBetween(descriptor: number, start: number, end: number): Generator<Row> {
  let buffer: Buffer = Buffer.alloc(0);
  let at = 0;
  let next = start;
  const need = (length: number): boolean => {
    while (buffer.length - at < length && next < end) {
      const more = readAt(descriptor, next, Math.min(Math.max(readBytes, length), end - next));
      next += more.length;
      buffer = Buffer.concat([buffer.subarray(at), more]);
      at = 0;
    }
    return buffer.length - at >= length;
  };
  while (need(rowPrefixBytes)) {
    const keyLength = buffer.readUInt16BE(at);
    const valueLength = buffer.readUInt32BE(at + 2);
    if (keyLength === 0 || !need(rowPrefixBytes + keyLength + valueLength)) return;
    const keyAt = at + rowPrefixBytes;
    const valueAt = keyAt + keyLength;
    const key = buffer.toString('latin1', keyAt, valueAt) as TreeKey;
    at = valueAt + valueLength;
    yield { key, value: Buffer.from(buffer.subarray(valueAt, at)) };
  }
}

function readHeader(descriptor: number, bytes: number): CheckpointHeader | undefined {
  const prefix = readAt(descriptor, 0, prefixBytes);
  const isOurs =
    prefix.length === prefixBytes &&
    prefix.subarray(0, 8).equals(checkpointMagic) &&
    prefix.readUInt32BE(8) === checkpointVersion;
  if (!isOurs) return undefined;
  const length = prefix.readUInt32BE(12);
  if (length > maximumHeaderBytes || prefixBytes + length + hashLength > bytes) return undefined;
  try {
    return decodeHeader(readAt(descriptor, prefixBytes, length));
  } catch {
    return undefined;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
