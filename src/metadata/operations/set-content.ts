import { bringBack } from '../conflict-rules.ts';
import { Malformed } from '../codec/malformed.ts';
import {
  readInode,
  readOwnInode,
  readStamp,
  readTime,
  writeStamp,
  writeTime,
} from '../codec/fields.ts';
import type { CborReader } from '../codec/cbor-reader.ts';
import type { InodeId } from '../ids.ts';
import { type Head, isLater, type Time } from '../node.ts';
import type { SetContent } from '../operation.ts';
import { mayPublishContent } from '../rights.ts';
import { compareStamps, timeOfStamp, type Stamp } from '../stamp.ts';
import type { NodeRecord } from '../state/node-record.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import {
  becomeOneFile,
  becomeOrdinary,
  changeHeads,
  departureOf,
  fileToBecome,
  followDeparture,
  headsWith,
  noteWrittenOver,
  wantedPlace,
} from '../version-rules.ts';
import type { ApplyContext, OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findNode, type Found, requireRight } from './requirements.ts';

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
  fieldCount: 8,

  write(writer, fields) {
    writer.integer(fields.inode).array(fields.supersedes.length);
    for (const stamp of fields.supersedes) writeStamp(writer, stamp);
    writer.integer(fields.size).integer(fields.blockSize).bytes(fields.root);
    writeTime(writer, fields.mtime);
    writer.boolean(fields.clearsPrivileges).integer(fields.beside);
  },

  read(reader, author) {
    const inode = readInode(reader);
    const supersedes = readSuperseded(reader);
    const size = reader.integer('size', 0, Number.MAX_SAFE_INTEGER);
    const blockSize = reader.integer('block size', minimumBlockSize, maximumBlockSize);
    if ((blockSize & (blockSize - 1)) !== 0) throw new Malformed('block size');
    const root = Buffer.from(reader.bytes('root', 32, 32));
    const mtime = readTime(reader, 'mtime');
    const clearsPrivileges = reader.boolean('clears privileges');
    const beside = readOwnInode(reader, author, 'beside');
    const version = { supersedes, size, blockSize, root, beside };
    return { kind: 'set-content', inode, ...version, mtime, clearsPrivileges };
  },

  apply(tree, fields, context) {
    const file = findNode(tree, fields.inode);
    if (file.node.type !== 'file') refuse('EINVAL', 'it is not a regular file');
    const allowed = () => mayPublishContent(file.node, context.acting);
    requireRight(context, allowed, 'may not write this file');
    if (isUsed(tree, fields.beside)) refuse('EEXIST', 'the number of the version was used before');
    const found = followVersion(tree, file, fields, context);
    // An edit beats a removal that its author did not see.
    const hasMoved = found.inode !== file.inode;
    bringBack(tree, found, hasMoved ? { ...context, unseenPossible: true } : context);
    const { inode } = found;
    putVersion(tree, { inode, node: becomeOrdinary(tree, found) }, fields, context);
  },
};

/**
 * The file in which the version is now over which this one was written. The author may not know that somebody made a file of its own of
 * what stood beside this one, and nobody has the bytes of that any more. Those who know where it is are told of the version that follows.
 */
function followVersion(
  tree: TreeTransaction,
  file: Found,
  fields: SetContent,
  context: ApplyContext,
): Found {
  const [over] = fields.supersedes;
  if (over === undefined) return file;
  const passed = [file];
  for (let found = file; ;) {
    const next = whereItDeparted(tree, found, over, context);
    if (!next || passed.some(({ inode }) => inode === next.inode)) break;
    passed.push(next);
    found = next;
  }
  const found = passed.pop() ?? file;
  for (const { inode, node } of passed) {
    const departures = followDeparture(node, over, context.stamp);
    tree.writeNode(inode, { ...node, departures });
  }
  return found;
}

/** Undefined when it is still there, and when its author may not write where it is. */
function whereItDeparted(
  tree: TreeTransaction,
  { node }: Found,
  version: Stamp,
  { flavour, acting }: ApplyContext,
): Found | undefined {
  const departure = departureOf(node, version);
  if (!departure || isHead(node, version) || !tree.readNode(departure.inode)) return undefined;
  const found = findNode(tree, departure.inode);
  const isAllowed = flavour === 'lan' || mayPublishContent(found.node, acting);
  return isAllowed ? found : undefined;
}

function isHead({ heads }: NodeRecord, version: Stamp): boolean {
  return heads.some(({ id }) => compareStamps(id, version) === 0);
}

function isUsed(tree: TreeTransaction, beside: InodeId): boolean {
  return tree.readVersion(beside) !== undefined || tree.readNode(beside) !== undefined;
}

function putVersion(
  tree: TreeTransaction,
  file: Found,
  fields: SetContent,
  context: ApplyContext,
): void {
  const { size, blockSize, root, beside } = fields;
  const version: Head = { id: context.stamp, size, blockSize, root, beside };
  const wanted = wantedPlace(tree, file);
  const older = wanted && fileToBecome(tree, wanted, file.node, version, context);
  if (older) return becomeOneFile(tree, file, older, version, context);
  tree.writeVersion(beside, { file: file.inode, head: version, next: null });
  const { inode, node } = file;
  noteWrittenOver(tree, node.heads, fields.supersedes[0], version);
  // Whoever edits what was shown as a version knows that version: it was all that there was.
  const others = node.heads.filter((head) => head.beside !== inode);
  const heads = headsWith(others, version, fields.supersedes);
  tree.writeNode(inode, {
    ...node,
    mode: fields.clearsPrivileges ? withoutPrivileges(node.mode) : node.mode,
    mtime: fields.mtime,
    mtimeStamp: context.stamp,
    ctime: changeTime(node.ctime, fields.mtime, timeOfStamp(context.stamp)),
    ...changeHeads(tree, file, heads, context),
  });
}

/**
 * The bytes changed before they were published: who looked at the times in between must not find others afterwards. A time of writing
 * that lies ahead was set by somebody, whose setting it has been dated already.
 */
function changeTime(before: Time, written: Time, published: Time): Time {
  return isLater(written, published) || isLater(before, written) ? before : written;
}

function readSuperseded(reader: CborReader): Stamp[] {
  const count = reader.array('supersedes', 0, maximumSuperseded);
  const stamps: Stamp[] = [];
  for (let index = 0; index < count; index += 1) {
    stamps.push(readStamp(reader, 'superseded version'));
  }
  return stamps;
}

/** As Linux does on writing: the set-group-id bit means something else without group execution. */
function withoutPrivileges(mode: number): number {
  return mode & ((mode & groupExecuteBit) === 0 ? ~(setIdBits & ~setGroupIdBit) : ~setIdBits);
}
