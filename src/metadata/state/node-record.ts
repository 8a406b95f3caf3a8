import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Departure, Head, NodeType, Time } from '../node.ts';
import { decodeDepartures, encodeDepartures } from './departures-record.ts';
import { stampFromBytes, stampToBytes, type Stamp } from '../stamp.ts';

/** What is stored of a node; its link count and a directory's times also depend on entries. docs/formats/tree-database.md */
export interface NodeRecord {
  readonly type: NodeType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly accessList: Buffer | null;
  readonly defaultList: Buffer | null;
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

/** In the byte of the type: access lists stand before the target. Most nodes have none, and spend no byte on it. */
const hasLists = 0x80;
/** After the lists: what left the file, and what it left itself. */
const hasDepartures = 0x40;
const listLengthBytes = 2;
export const headBytes = 64;

export function encodeNode(record: NodeRecord): Buffer {
  const removedName = record.removedFrom?.name ?? '';
  const lists = encodeLists(record);
  const departures = encodeDepartures(record);
  const headsLength = record.heads.length * headBytes;
  const bytes = Buffer.allocUnsafe(
    fixedBytes +
      headsLength +
      removedName.length +
      lists.length +
      departures.length +
      record.target.length,
  );
  bytes[0] =
    nodeTypeCode(record.type) |
    (lists.length > 0 ? hasLists : 0) |
    (departures.length > 0 ? hasDepartures : 0);
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
  bytes.set(lists, offset);
  bytes.set(departures, offset + lists.length);
  bytes.write(record.target, offset + lists.length + departures.length, 'latin1');
  return bytes;
}

const nothing = Buffer.alloc(0);

function encodeLists({ accessList, defaultList }: NodeRecord): Buffer {
  if (accessList === null && defaultList === null) return nothing;
  const lists = [accessList ?? nothing, defaultList ?? nothing];
  const lengths = Buffer.alloc(2 * listLengthBytes);
  lists.forEach((list, index) => lengths.writeUInt16BE(list.length, index * listLengthBytes));
  return Buffer.concat([lengths, ...lists]);
}

interface Lists {
  readonly accessList: Buffer | null;
  readonly defaultList: Buffer | null;
  /** Where what follows them begins. */
  readonly end: number;
}

function decodeLists(bytes: Buffer, start: number): Lists {
  if (((bytes[0] ?? 0) & hasLists) === 0)
    return { accessList: null, defaultList: null, end: start };
  const accessStart = start + 2 * listLengthBytes;
  const accessEnd = accessStart + bytes.readUInt16BE(start);
  const end = accessEnd + bytes.readUInt16BE(start + listLengthBytes);
  return {
    accessList: copyOf(bytes, accessStart, accessEnd),
    defaultList: copyOf(bytes, accessEnd, end),
    end,
  };
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer | null {
  return start === end ? null : Buffer.from(bytes.subarray(start, end));
}

/** `bytes` may be overwritten later: nothing of it is kept. */
export function decodeNode(bytes: Buffer): NodeRecord {
  const headCount = bytes.readUInt16BE(87);
  const nameStart = fixedBytes + headCount * headBytes;
  const nameEnd = nameStart + bytes.readUInt16BE(89);
  const removedParent = bytes.readDoubleBE(63);
  const { accessList, defaultList, end } = decodeLists(bytes, nameEnd);
  const isDeparted = ((bytes[0] ?? 0) & hasDepartures) !== 0;
  const { departures, departedFrom, end: targetStart } = decodeDepartures(bytes, end, isDeparted);
  const mergedInto = bytes.readDoubleBE(71);
  const conflictOf = bytes.readDoubleBE(79);
  const heads: Head[] = [];
  for (let at = fixedBytes; at < nameStart; at += headBytes) heads.push(readHead(bytes, at));
  return {
    type: types[(bytes[0] ?? 0) & ~(hasLists | hasDepartures)] ?? 'file',
    mode: bytes.readUInt16BE(1),
    uid: bytes.readUInt32BE(3),
    gid: bytes.readUInt32BE(7),
    accessList,
    defaultList,
    rdev: bytes.readUInt32BE(11),
    target: targetStart === bytes.length ? '' : bytes.toString('latin1', targetStart, bytes.length),
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
