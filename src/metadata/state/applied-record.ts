import type { Refusal } from '../replica.ts';
import type { Trace } from './tree-transaction.ts';
import type { TreeKey } from './tree-key.ts';

/** What is stored of an applied operation, for undoing it and for finding out what commutes with it. */
export interface AppliedRecord {
  /** Undefined when it had an effect. */
  readonly refused: Refusal['code'] | undefined;
  /** Without those that it also wrote. */
  readonly reads: readonly TreeKey[];
  readonly touches: readonly TreeKey[];
  readonly writes: ReadonlyMap<TreeKey, Buffer | undefined>;
  /** The operation, for doing it again. */
  readonly body: Buffer;
}

const codes: readonly (Refusal['code'] | undefined)[] = [
  undefined,
  'ENOENT',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ENOTEMPTY',
  'EACCES',
  'EPERM',
  'EINVAL',
  'ESTALE',
  'EMLINK',
];

const absent = 0xffff_ffff;
const headerBytes = 13;

export function encodeApplied(
  trace: Trace,
  refused: Refusal['code'] | undefined,
  body: Buffer,
): Buffer {
  const { reads, touches, writes } = trace;
  const bytes = Buffer.allocUnsafe(sizeOf(trace) + body.length);
  bytes[0] = codes.indexOf(refused);
  let at = headerBytes;
  let readCount = 0;
  for (const key of reads) {
    if (writes.has(key)) continue;
    at = writeKey(bytes, key, at);
    readCount += 1;
  }
  for (const key of touches) at = writeKey(bytes, key, at);
  for (const [key, before] of writes) {
    at = writeKey(bytes, key, at);
    at = bytes.writeUInt32BE(before?.length ?? absent, at);
    if (before) at += before.copy(bytes, at);
  }
  bytes.writeUInt32BE(readCount, 1);
  bytes.writeUInt32BE(touches.size, 5);
  bytes.writeUInt32BE(writes.size, 9);
  body.copy(bytes, at);
  return bytes;
}

export function decodeApplied(bytes: Buffer): AppliedRecord {
  const position = { at: headerBytes };
  const reads = readKeys(bytes, bytes.readUInt32BE(1), position);
  const touches = readKeys(bytes, bytes.readUInt32BE(5), position);
  const writes = new Map<TreeKey, Buffer | undefined>();
  for (let left = bytes.readUInt32BE(9); left > 0; left -= 1) {
    const key = readKey(bytes, position);
    const length = bytes.readUInt32BE(position.at);
    position.at += 4;
    const end = position.at + (length === absent ? 0 : length);
    writes.set(key, length === absent ? undefined : bytes.subarray(position.at, end));
    position.at = end;
  }
  return {
    refused: codes[bytes[0] ?? 0],
    reads,
    touches,
    writes,
    body: bytes.subarray(position.at),
  };
}

/** Calls back with where the key of each thing that the operation used lies, without making text of it. */
export function visitUsed(
  bytes: Buffer,
  read: KeyVisitor,
  touched: KeyVisitor,
  written: KeyVisitor,
): void {
  let at = headerBytes;
  const visit = (count: number, visitor: KeyVisitor, withValue: boolean) => {
    for (let left = count; left > 0; left -= 1) {
      const start = at + 2;
      at = start + bytes.readUInt16BE(at);
      visitor(start, at);
      if (!withValue) continue;
      const length = bytes.readUInt32BE(at);
      at += 4 + (length === absent ? 0 : length);
    }
  };
  visit(bytes.readUInt32BE(1), read, false);
  visit(bytes.readUInt32BE(5), touched, false);
  visit(bytes.readUInt32BE(9), written, true);
}

type KeyVisitor = (start: number, end: number) => void;

function sizeOf({ reads, touches, writes }: Trace): number {
  let size = headerBytes;
  for (const key of reads) if (!writes.has(key)) size += 2 + key.length;
  for (const key of touches) size += 2 + key.length;
  for (const [key, before] of writes) size += 6 + key.length + (before?.length ?? 0);
  return size;
}

function writeKey(bytes: Buffer, key: TreeKey, at: number): number {
  return bytes.writeUInt16BE(key.length, at) + bytes.write(key, at + 2, 'latin1');
}

function readKeys(bytes: Buffer, count: number, position: { at: number }): TreeKey[] {
  const keys: TreeKey[] = [];
  for (let left = count; left > 0; left -= 1) keys.push(readKey(bytes, position));
  return keys;
}

function readKey(bytes: Buffer, position: { at: number }): TreeKey {
  const start = position.at + 2;
  position.at = start + bytes.readUInt16BE(position.at);
  return bytes.toString('latin1', start, position.at) as TreeKey;
}
