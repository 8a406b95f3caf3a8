import { placeBeside } from '../conflict-rules.ts';
import { readInode, readName } from '../codec/fields.ts';
import type { Link } from '../operation.ts';
import { mayAddEntry } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import { becomeOrdinary } from '../version-rules.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findDirectory, findNode, findParent, requireRight } from './requirements.ts';

export const link: OperationKind<Link> = {
  kind: 'link',
  number: 2,
  fieldCount: 3,

  write(writer, fields) {
    writer.integer(fields.inode).integer(fields.parent).latin1(fields.name);
  },

  read: (reader) => ({
    kind: 'link',
    inode: readInode(reader),
    parent: readInode(reader, 'parent'),
    name: readName(reader),
  }),

  apply(tree, fields, context) {
    const { inode, node } = findNode(tree, fields.inode);
    if (node.type === 'directory') refuse('EPERM', 'a directory has one name');
    if (!context.unseenPossible && !tree.hasPlace(inode)) refuse('ENOENT', 'it was removed');
    const { node: directory } = findDirectory(tree, fields.parent);
    requireRight(context, () => mayAddEntry(directory, context.acting), 'may not link here');
    const parent = findParent(tree, fields.parent, context).inode;
    if (tree.readEntry(parent, fields.name)?.inode === inode) refuse('EEXIST', 'it has that name');
    placeBeside(tree, parent, fields.name, { inode, type: node.type }, context);
    const ordinary = becomeOrdinary(tree, { inode, node });
    tree.writeNode(inode, { ...ordinary, ctime: timeOfStamp(context.stamp), removedFrom: null });
  },
};
