import { bringBack, headsWith } from '../conflict-rules.ts';
import { Malformed } from '../codec/malformed.ts';
import { maximumMillis, readDevice, readInode, readTime, writeTime } from '../codec/fields.ts';
import type { CborReader } from '../codec/cbor-reader.ts';
import type { SetContent } from '../operation.ts';
import { mayPublishContent } from '../rights.ts';
import { timeOfStamp, type Stamp } from '../stamp.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findNode, requireRight } from './requirements.ts';

/** More than devices that could have edited one file at once. */
const maximumSuperseded = 4096;

const minimumBlockSize = 4096;
const maximumBlockSize = 16 * 1024 * 1024;

const setIdBits = 0o6000;
const setGroupIdBit = 0o2000;
const groupExecuteBit = 0o010;

export const setContent: OperationKind<SetContent> = {
  kind: 'set-content',
  number: 8,
  fieldCount: 7,

  write(writer, fields) {
    writer.integer(fields.inode).array(fields.supersedes.length);
    for (const { millis, counter, device } of fields.supersedes) {
      writer.array(3).integer(millis).integer(counter).integer(device);
    }
    writer.integer(fields.size).integer(fields.blockSize).bytes(fields.root);
    writeTime(writer, fields.mtime);
    writer.boolean(fields.clearsPrivileges);
  },

  read(reader) {
    const inode = readInode(reader);
    const supersedes = readSuperseded(reader);
    const size = reader.integer('size', 0, Number.MAX_SAFE_INTEGER);
    const blockSize = reader.integer('block size', minimumBlockSize, maximumBlockSize);
    if ((blockSize & (blockSize - 1)) !== 0) throw new Malformed('block size');
    const root = Buffer.from(reader.bytes('root', 32, 32));
    const mtime = readTime(reader, 'mtime');
    const clearsPrivileges = reader.boolean('clears privileges');
    return {
      kind: 'set-content',
      inode,
      supersedes,
      size,
      blockSize,
      root,
      mtime,
      clearsPrivileges,
    };
  },

  apply(tree, fields, context) {
    const found = findNode(tree, fields.inode);
    const { inode, node } = found;
    if (node.type !== 'file') refuse('EINVAL', 'it is not a regular file');
    const allowed = () => mayPublishContent(node, context.acting);
    requireRight(context, allowed, 'may not write this file');
    // An edit beats a removal that its author did not see.
    bringBack(tree, found, context);
    const { size, blockSize, root } = fields;
    const version = { id: context.stamp, size, blockSize, root };
    tree.writeNode(inode, {
      ...node,
      mode: fields.clearsPrivileges ? withoutPrivileges(node.mode) : node.mode,
      mtime: fields.mtime,
      mtimeStamp: context.stamp,
      ctime: timeOfStamp(context.stamp),
      heads: headsWith(node.heads, version, fields.supersedes),
    });
  },
};

function readSuperseded(reader: CborReader): Stamp[] {
  const count = reader.array('supersedes', 0, maximumSuperseded);
  const stamps: Stamp[] = [];
  for (let index = 0; index < count; index += 1) {
    reader.array('superseded version', 3, 3);
    const millis = reader.integer('millis', 0, maximumMillis);
    const counter = reader.integer('counter', 0, 65_535);
    stamps.push({ millis, counter, device: readDevice(reader) });
  }
  return stamps;
}

/** As Linux does on writing: the set-group-id bit means something else without group execution. */
function withoutPrivileges(mode: number): number {
  return mode & ((mode & groupExecuteBit) === 0 ? ~(setIdBits & ~setGroupIdBit) : ~setIdBits);
}
