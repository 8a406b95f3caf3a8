import { saysMoreThanMode } from '../access-list.ts';
import { directoryToBecome, equalToBecome, placeBeside } from '../conflict-rules.ts';
import { Malformed } from '../codec/malformed.ts';
import {
  maximumTargetBytes,
  readAccessList,
  readId,
  readInode,
  readMode,
  readName,
  readOwnInode,
  readType,
  writeType,
} from '../codec/fields.ts';
import type { Create } from '../operation.ts';
import { mayAddEntry, mayMakeNode, mayOwnNew } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { InodeId } from '../ids.ts';
import type { EntryRecord } from '../state/entry-record.ts';
import type { NodeRecord } from '../state/node-record.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import { emptyFileToBecome } from '../version-rules.ts';
import type { ApplyContext, OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findDirectory, findParent, requireOwnership, requireRight } from './requirements.ts';

export const create: OperationKind<Create> = {
  kind: 'create',
  number: 1,
  fieldCount: 9,
  extraFields: { most: 1, count: ({ inherits }) => (inherits === undefined ? 0 : 1) },

  write(writer, fields) {
    writer.integer(fields.inode).integer(fields.parent).latin1(fields.name);
    writeType(writer, fields.type);
    writer.integer(fields.mode).integer(fields.uid).integer(fields.gid);
    writer.integer(fields.rdev).latin1(fields.target);
    if (fields.inherits !== undefined) writer.bytes(fields.inherits);
  },

  read(reader, author, extraFields) {
    const fields: Create = {
      kind: 'create',
      inode: readOwnInode(reader, author, 'inode'),
      parent: readInode(reader, 'parent'),
      name: readName(reader),
      type: readType(reader),
      mode: readMode(reader),
      uid: readId(reader, 'uid'),
      gid: readId(reader, 'gid'),
      rdev: reader.integer('rdev', 0, 2 ** 32 - 1),
      target: reader.latin1('target', 0, maximumTargetBytes),
      ...(extraFields > 0 && { inherits: readAccessList(reader) }),
    };
    if (fields.inherits !== undefined && fields.type === 'symlink') throw new Malformed('inherits');
    if ((fields.target !== '') !== (fields.type === 'symlink')) throw new Malformed('target');
    if (fields.target.includes('\0')) throw new Malformed('target');
    return fields;
  },

  apply(tree, fields, context) {
    if (tree.readNode(fields.inode) ?? tree.readVersion(fields.inode)) {
      refuse('EEXIST', 'the inode number was used before');
    }
    const { node: directory } = findDirectory(tree, fields.parent);
    const { acting } = context;
    requireRight(context, () => mayAddEntry(directory, acting), 'may not create here');
    requireOwnership(context, () => mayOwnNew(directory, acting, fields), 'may not own it');
    requireOwnership(context, () => mayMakeNode(fields.type), 'nobody makes device nodes');
    const parent = findParent(tree, fields.parent, context).inode;
    const node = newNode(fields, context);
    const existing = tree.readEntry(parent, fields.name);
    const mergedInto = thingToBecome(tree, existing, node, context);
    tree.writeNode(fields.inode, mergedInto === undefined ? node : { ...node, mergedInto });
    if (mergedInto === undefined) placeBeside(tree, parent, fields.name, fields, context);
  },
};

function thingToBecome(
  tree: TreeTransaction,
  existing: EntryRecord | undefined,
  node: NodeRecord,
  context: ApplyContext,
): InodeId | undefined {
  if (node.type === 'directory') return directoryToBecome(tree, existing, context);
  if (node.type === 'file') return emptyFileToBecome(tree, existing, node, context);
  return equalToBecome(tree, existing, node, context);
}

function newNode(fields: Create, context: ApplyContext): NodeRecord {
  const now = timeOfStamp(context.stamp);
  const list = fields.inherits ?? null;
  return {
    type: fields.type,
    mode: fields.mode,
    uid: fields.uid,
    gid: fields.gid,
    accessList: list !== null && saysMoreThanMode(list) ? list : null,
    defaultList: fields.type === 'directory' ? list : null,
    rdev: fields.rdev,
    target: fields.target,
    atime: now,
    mtime: now,
    ctime: now,
    mtimeStamp: context.stamp,
    heads: [],
    removedFrom: null,
    mergedInto: null,
    conflictOf: null,
    departures: [],
    departedFrom: null,
  };
}
