import { refuseCycle, whereItIsNow } from '../conflict-rules.ts';
import { readInode, readName } from '../codec/fields.ts';
import type { Name } from '../name.ts';
import type { Exchange } from '../operation.ts';
import { mayRemoveEntry, mayReparent } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import { becomeOrdinary } from '../version-rules.ts';
import type { ApplyContext, OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import {
  findNode,
  findParent,
  type Found,
  isFileOfVersion,
  lookForEntry,
  requireRight,
} from './requirements.ts';

interface Side {
  readonly directory: Found;
  /** Its own, or the one that it had when it was removed meanwhile. */
  readonly name: Name;
  readonly node: Found;
}

export const exchange: OperationKind<Exchange> = {
  kind: 'exchange',
  number: 6,
  fieldCount: 6,

  write(writer, fields) {
    writer.integer(fields.parent).latin1(fields.name).integer(fields.inode);
    writer.integer(fields.otherParent).latin1(fields.otherName).integer(fields.otherInode);
  },

  read: (reader) => ({
    kind: 'exchange',
    parent: readInode(reader, 'parent'),
    name: readName(reader),
    inode: readInode(reader),
    otherParent: readInode(reader, 'other parent'),
    otherName: readName(reader, 'other name'),
    otherInode: readInode(reader, 'other inode'),
  }),

  apply(tree, fields, context) {
    const one = findSide(tree, fields.parent, fields.name, fields.inode, context);
    const other = findSide(tree, fields.otherParent, fields.otherName, fields.otherInode, context);
    if (one.node.inode === other.node.inode) return;
    requireLeave(one, other.directory, context);
    requireLeave(other, one.directory, context);
    for (const [from, to] of [[one, other] as const, [other, one] as const]) {
      if (from.node.node.type === 'directory') {
        refuseCycle(tree, from.node.inode, to.directory.inode);
      }
    }
    put(tree, one, other.node, context);
    put(tree, other, one.node, context);
  },
};

/** What was moved away meanwhile is not swapped; what was removed comes back, as by a move. */
function findSide(
  tree: TreeTransaction,
  parent: Exchange['parent'],
  name: Exchange['name'],
  inode: Exchange['inode'],
  context: ApplyContext,
): Side {
  const directory = findParent(tree, parent, context);
  const node = findNode(tree, inode);
  if (isFileOfVersion(tree, inode, node)) refuse('ENOENT', 'that version is no more');
  const found = lookForEntry(tree, directory.inode, name, node.inode);
  if (!found && (whereItIsNow(tree, node, context) ?? tree.readEntry(directory.inode, name))) {
    refuse('ENOENT', 'the name does not lead to what its author saw');
  }
  return { directory, node, name: found?.name ?? name };
}

function requireLeave(side: Side, to: Found, context: ApplyContext): void {
  const { acting } = context;
  const reparents = side.node.node.type === 'directory' && side.directory.inode !== to.inode;
  requireRight(
    context,
    () =>
      mayRemoveEntry(side.directory.node, side.node.node, acting) &&
      (!reparents || mayReparent(side.node.node, acting)),
    'may not exchange this name',
  );
}

/** `node` takes over the name of `side`, which is then what its author meant it to have. */
function put(tree: TreeTransaction, side: Side, { inode, node }: Found, context: ApplyContext) {
  // The other of the two may be a version of this file, and has just left it.
  const current = findNode(tree, inode);
  tree.writeEntry(side.directory.inode, side.name, { inode, type: node.type, wanted: '' });
  const ordinary = becomeOrdinary(tree, current);
  tree.writeNode(inode, { ...ordinary, ctime: timeOfStamp(context.stamp) });
}
