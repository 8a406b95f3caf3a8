import { mayReplace, placeBeside, refuseCycle } from '../conflict-rules.ts';
import { readInode, readName, writeNullable } from '../codec/fields.ts';
import type { InodeId } from '../ids.ts';
import type { Rename } from '../operation.ts';
import { mayAddEntry, mayRemoveEntry, mayReparent } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { EntryRecord } from '../state/entry-record.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import type { ApplyContext, OperationKind } from './operation-kind.ts';
import { removeName } from './remove-name.ts';
import {
  findDirectory,
  findEntry,
  findNode,
  findParent,
  type Found,
  requireRight,
} from './requirements.ts';

export const rename: OperationKind<Rename> = {
  kind: 'rename',
  number: 5,
  fieldCount: 6,

  write(writer, fields) {
    writer.integer(fields.parent).latin1(fields.name).integer(fields.inode);
    writer.integer(fields.newParent).latin1(fields.newName);
    writeNullable(writer, fields.victim, (victim) => writer.integer(victim));
  },

  read: (reader) => ({
    kind: 'rename',
    parent: readInode(reader, 'parent'),
    name: readName(reader),
    inode: readInode(reader),
    newParent: readInode(reader, 'new parent'),
    newName: readName(reader, 'new name'),
    victim: reader.nullable(() => readInode(reader, 'victim')),
  }),

  apply(tree, fields, context) {
    const from = findDirectory(tree, fields.parent);
    const moved = findNode(tree, fields.inode);
    const source = findEntry(tree, from.inode, fields.name, moved.inode);
    const to = findParent(tree, fields.newParent, context);
    requireMove(from, to, moved, context);
    if (moved.node.type === 'directory') refuseCycle(tree, moved.inode, to.inode);

    const target = tree.readEntry(to.inode, fields.newName);
    // Two names of one file: rename(2) leaves both.
    if (target?.inode === moved.inode) return;
    const victim = fields.victim === null ? null : findVictim(tree, fields.victim);
    if (target && mayReplace(tree, moved.node.type, target, victim, context)) {
      replace(tree, to, fields, target, context);
    }
    tree.writeEntry(from.inode, source.name, undefined);
    placeBeside(tree, to.inode, fields.newName, { ...moved, type: moved.node.type }, context);
    touch(tree, moved.inode, context);
  },
};

function requireMove(from: Found, to: Found, moved: Found, context: ApplyContext): void {
  const { acting } = context;
  const reparents = moved.node.type === 'directory' && from.inode !== to.inode;
  requireRight(
    context,
    () =>
      mayRemoveEntry(from.node, moved.node, acting) &&
      mayAddEntry(to.node, acting) &&
      (!reparents || mayReparent(moved.node, acting)),
    'may not move this name',
  );
}

function findVictim(tree: TreeTransaction, inode: InodeId): InodeId {
  return tree.readNode(inode)?.mergedInto ?? inode;
}

function replace(
  tree: TreeTransaction,
  directory: Found,
  { newName }: Rename,
  target: EntryRecord,
  context: ApplyContext,
): void {
  const { node } = findNode(tree, target.inode);
  const allowed = () => mayRemoveEntry(directory.node, node, context.acting);
  requireRight(context, allowed, 'may not replace what has the new name');
  removeName(tree, directory.inode, { name: newName, entry: target }, context);
}

function touch(tree: TreeTransaction, inode: InodeId, context: ApplyContext): void {
  const node = tree.readNode(inode);
  if (node) tree.writeNode(inode, { ...node, ctime: timeOfStamp(context.stamp) });
}
