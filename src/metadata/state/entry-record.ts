import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { NodeType } from '../node.ts';
import { nodeTypeCode, nodeTypeOfCode } from './node-record.ts';

/** What is stored of a name in a directory. */
export interface EntryRecord {
  readonly inode: InodeId;
  readonly type: NodeType;
  /** The name that its author gave, when another file has it; empty otherwise. */
  readonly wanted: Name | '';
}

export function encodeEntry(record: EntryRecord): Buffer {
  const bytes = Buffer.allocUnsafe(9 + record.wanted.length);
  bytes.writeUInt32BE(Math.floor(record.inode / 2 ** 32), 0);
  bytes.writeUInt32BE(record.inode >>> 0, 4);
  bytes[8] = nodeTypeCode(record.type);
  bytes.write(record.wanted, 9, 'latin1');
  return bytes;
}

export function decodeEntry(bytes: Buffer): EntryRecord {
  return {
    inode: inodeFromBytes(bytes, 0),
    type: nodeTypeOfCode(bytes[8] ?? 0) ?? 'file',
    wanted: bytes.length === 9 ? '' : (bytes.toString('latin1', 9, bytes.length) as Name),
  };
}

export function inodeFromBytes(bytes: Buffer, offset: number): InodeId {
  return (bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4)) as InodeId;
}
