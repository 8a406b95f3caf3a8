import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Departure, Head, NodeType, Time } from '../node.ts';
import { stampFromBytes, stampToBytes, type Stamp } from '../stamp.ts';
import { decodeDepartures, encodeDepartures } from './departures-record.ts';

/** What is stored of a node; its link count and a directory's times also depend on entries. docs/formats/tree-database.md */
export interface NodeRecord {
  readonly type: NodeType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly target: string;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
  /** Of the operation that set `mtime`: for a directory, a younger change of its entries counts instead. */
  readonly mtimeStamp: Stamp;
  readonly heads: readonly Head[];
  /** Where its last name was when that was removed, for the rules that bring it back. */
  readonly removedFrom: { readonly parent: InodeId; readonly name: Name } | null;
  /** What this became one with: the directory, or the file of the same content, that had its name before. */
  readonly mergedInto: InodeId | null;
  /** The file of which this is a version that is shown beside it. */
  readonly conflictOf: InodeId | null;
  readonly departures: readonly Departure[];
  readonly departedFrom: InodeId | null;
}

const types: readonly NodeType[] = [
  'file',
  'directory',
  'symlink',
  'fifo',
  'socket',
  'character-device',
  'block-device',
];

export function nodeTypeCode(type: NodeType): number {
  return types.indexOf(type);
}

export function nodeTypeOfCode(code: number): NodeType | undefined {
  return types[code];
}

const fixedBytes = 91;

/** In the byte of the type: what left the file, and what it left itself, stands before the target. Few nodes have to do with that. */
const hasDepartures = 0x40;
export const headBytes = 64;

export function encodeNode(record: NodeRecord): Buffer {
  const removedName = record.removedFrom?.name ?? '';
  const departures = encodeDepartures(record);
  const headsLength = record.heads.length * headBytes;
  const bytes = Buffer.allocUnsafe(
    fixedBytes + headsLength + removedName.length + departures.length + record.target.length,
  );
  bytes[0] = nodeTypeCode(record.type) | (departures.length > 0 ? hasDepartures : 0);
  bytes.writeUInt16BE(record.mode, 1);
  bytes.writeUInt32BE(record.uid, 3);
  bytes.writeUInt32BE(record.gid, 7);
  bytes.writeUInt32BE(record.rdev, 11);
  writeTime(bytes, record.atime, 15);
  writeTime(bytes, record.mtime, 27);
  writeTime(bytes, record.ctime, 39);
  bytes.set(stampToBytes(record.mtimeStamp), 51);
  bytes.writeDoubleBE(record.removedFrom?.parent ?? 0, 63);
  bytes.writeDoubleBE(record.mergedInto ?? 0, 71);
  bytes.writeDoubleBE(record.conflictOf ?? 0, 79);
  bytes.writeUInt16BE(record.heads.length, 87);
  bytes.writeUInt16BE(removedName.length, 89);
  let offset = fixedBytes;
  for (const head of record.heads) offset = writeHead(bytes, head, offset);
  offset += bytes.write(removedName, offset, 'latin1');
  bytes.set(departures, offset);
  bytes.write(record.target, offset + departures.length, 'latin1');
  return bytes;
}

/** `bytes` may be overwritten later: nothing of it is kept. */
export function decodeNode(bytes: Buffer): NodeRecord {
  const headCount = bytes.readUInt16BE(87);
  const nameStart = fixedBytes + headCount * headBytes;
  const nameEnd = nameStart + bytes.readUInt16BE(89);
  const removedParent = bytes.readDoubleBE(63);
  const isDeparted = ((bytes[0] ?? 0) & hasDepartures) !== 0;
  const { departures, departedFrom, end } = decodeDepartures(bytes, nameEnd, isDeparted);
  const mergedInto = bytes.readDoubleBE(71);
  const conflictOf = bytes.readDoubleBE(79);
  const heads: Head[] = [];
  for (let at = fixedBytes; at < nameStart; at += headBytes) heads.push(readHead(bytes, at));
  return {
    type: types[(bytes[0] ?? 0) & ~hasDepartures] ?? 'file',
    mode: bytes.readUInt16BE(1),
    uid: bytes.readUInt32BE(3),
    gid: bytes.readUInt32BE(7),
    rdev: bytes.readUInt32BE(11),
    target: end === bytes.length ? '' : bytes.toString('latin1', end, bytes.length),
    atime: readTime(bytes, 15),
    mtime: readTime(bytes, 27),
    ctime: readTime(bytes, 39),
    mtimeStamp: stampFromBytes(bytes, 51),
    heads,
    removedFrom:
      removedParent === 0
        ? null
        : {
            parent: removedParent as InodeId,
            name: bytes.toString('latin1', nameStart, nameEnd) as Name,
          },
    mergedInto: mergedInto === 0 ? null : (mergedInto as InodeId),
    conflictOf: conflictOf === 0 ? null : (conflictOf as InodeId),
    departures,
    departedFrom,
  };
}

function writeTime(bytes: Buffer, time: Time, offset: number): void {
  bytes.writeDoubleBE(time.seconds, offset);
  bytes.writeUInt32BE(time.nanoseconds, offset + 8);
}

function readTime(bytes: Buffer, offset: number): Time {
  return { seconds: bytes.readDoubleBE(offset), nanoseconds: bytes.readUInt32BE(offset + 8) };
}

export function writeHead(bytes: Buffer, head: Head, offset: number): number {
  bytes.set(stampToBytes(head.id), offset);
  bytes.writeDoubleBE(head.size, offset + 12);
  bytes.writeUInt32BE(head.blockSize, offset + 20);
  bytes.set(head.root, offset + 24);
  bytes.writeDoubleBE(head.beside, offset + 56);
  return offset + headBytes;
}

export function readHead(bytes: Buffer, offset: number): Head {
  return {
    id: stampFromBytes(bytes, offset),
    size: bytes.readDoubleBE(offset + 12),
    blockSize: bytes.readUInt32BE(offset + 20),
    root: Buffer.from(bytes.subarray(offset + 24, offset + 56)),
    beside: bytes.readDoubleBE(offset + 56) as InodeId,
  };
}
