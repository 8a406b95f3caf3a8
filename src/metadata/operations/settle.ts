import { readInode, readName } from '../codec/fields.ts';
import { becomeOrdinary } from '../version-rules.ts';
import type { Settle } from '../operation.ts';
import { mayRemoveEntry } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { OperationKind } from './operation-kind.ts';
import { findDirectory, findEntry, findNode, requireRight } from './requirements.ts';

/** Who settles a conflict so keeps both: the right is the same as for giving it another name. */
export const settle: OperationKind<Settle> = {
  kind: 'settle',
  number: 11,
  fieldCount: 3,

  write(writer, fields) {
    writer.integer(fields.parent).latin1(fields.name).integer(fields.inode);
  },

  read: (reader) => ({
    kind: 'settle',
    parent: readInode(reader, 'parent'),
    name: readName(reader),
    inode: readInode(reader),
  }),

  apply(tree, fields, context) {
    const parent = findDirectory(tree, fields.parent);
    const { inode, node } = findNode(tree, fields.inode);
    const { name, entry } = findEntry(tree, parent.inode, fields.name, inode);
    const allowed = () => mayRemoveEntry(parent.node, node, context.acting);
    requireRight(context, allowed, 'may not settle this conflict');
    tree.writeEntry(parent.inode, name, { ...entry, wanted: '' });
    const ordinary = becomeOrdinary(tree, { inode, node });
    tree.writeNode(inode, { ...ordinary, ctime: timeOfStamp(context.stamp) });
  },
};
