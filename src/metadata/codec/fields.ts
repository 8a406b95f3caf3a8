import { isAccessList, maximumListBytes } from '../access-list.ts';
import { deviceOfInode, type InodeId } from '../ids.ts';
import { isValidName, maximumNameBytes, type Name } from '../name.ts';
import type { NodeType, Time } from '../node.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { maximumDeviceId } from '../../identity/ids.ts';
import type { Stamp } from '../stamp.ts';
import { nodeTypeCode, nodeTypeOfCode } from '../state/node-record.ts';
import type { CborReader } from './cbor-reader.ts';
import type { CborWriter } from './cbor-writer.ts';
import { Malformed } from './malformed.ts';

// The values that operations are made of, with the bounds within which they are taken from a peer.

export const maximumMode = 0o7777;

/** `(uid_t) -1` means "unchanged" to chown(2), so nobody has it. */
export const maximumId = 2 ** 32 - 2;

/** PATH_MAX without its NUL: longest target of a symbolic link on Linux. */
export const maximumTargetBytes = 4095;

/** XATTR_SIZE_MAX of Linux. */
export const maximumXattrBytes = 65_536;

/** Seconds that a JavaScript Date can show; the year 275760. */
const maximumSeconds = 8_640_000_000_000;

/** Stamps fit 48 bits: the year 10889. */
export const maximumMillis = 2 ** 48 - 1;

/** NGROUPS_MAX of Linux. */
export const maximumGroups = 65_536;

export function readInode(reader: CborReader, what = 'inode'): InodeId {
  return reader.integer(what, 1, Number.MAX_SAFE_INTEGER) as InodeId;
}

export function readDevice(reader: CborReader): DeviceId {
  return reader.integer('device', 1, maximumDeviceId) as DeviceId;
}

export function readName(reader: CborReader, what = 'name'): Name {
  const name = reader.latin1(what, 1, maximumNameBytes);
  if (!isValidName(name)) throw new Malformed(what);
  return name;
}

/** Of an extended attribute, where only NUL cannot stand. */
export function readXattrName(reader: CborReader): Name {
  const name = reader.latin1('attribute name', 1, maximumNameBytes);
  if (name.includes('\0')) throw new Malformed('attribute name');
  return name as Name;
}

export function readAccessList(reader: CborReader): Buffer {
  const list = Buffer.from(reader.bytes('access list', 0, maximumListBytes));
  if (!isAccessList(list)) throw new Malformed('access list');
  return list;
}

export function readId(reader: CborReader, what: string): number {
  return reader.integer(what, 0, maximumId);
}

export function readMode(reader: CborReader): number {
  return reader.integer('mode', 0, maximumMode);
}

export function writeType(writer: CborWriter, type: NodeType): void {
  writer.integer(nodeTypeCode(type));
}

export function readType(reader: CborReader): NodeType {
  const type = nodeTypeOfCode(reader.integer('type', 0, 255));
  if (type === undefined) throw new Malformed('type');
  return type;
}

export function writeTime(writer: CborWriter, time: Time): void {
  writer.array(2).integer(time.seconds).integer(time.nanoseconds);
}

export function readTime(reader: CborReader, what: string): Time {
  reader.array(what, 2, 2);
  return {
    seconds: reader.integer(what, -maximumSeconds, maximumSeconds),
    nanoseconds: reader.integer(what, 0, 999_999_999),
  };
}

export function writeStamp(writer: CborWriter, { millis, counter, device }: Stamp): void {
  writer.array(3).integer(millis).integer(counter).integer(device);
}

export function readStamp(reader: CborReader, what: string): Stamp {
  reader.array(what, 3, 3);
  const millis = reader.integer('millis', 0, maximumMillis);
  const counter = reader.integer('counter', 0, 65_535);
  return { millis, counter, device: readDevice(reader) };
}

/** A new number of its author's own. */
export function readOwnInode(reader: CborReader, author: DeviceId, what: string): InodeId {
  const inode = readInode(reader, what);
  if (deviceOfInode(inode) !== author) throw new Malformed("another device's inode");
  return inode;
}

export function writeNullable<T>(
  writer: CborWriter,
  value: T | null,
  write: (value: T) => void,
): void {
  if (value === null) writer.null();
  else write(value);
}
