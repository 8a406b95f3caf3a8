import { readInode, readXattrName } from '../codec/fields.ts';
import type { RemoveXattr } from '../operation.ts';
import { mayChangeXattr } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findNode, requireOwnership } from './requirements.ts';

export const removeXattr: OperationKind<RemoveXattr> = {
  kind: 'remove-xattr',
  number: 10,
  fieldCount: 2,

  write(writer, fields) {
    writer.integer(fields.inode).latin1(fields.name);
  },

  read: (reader) => ({
    kind: 'remove-xattr',
    inode: readInode(reader),
    name: readXattrName(reader),
  }),

  apply(tree, fields, context) {
    const { inode, node } = findNode(tree, fields.inode);
    const allowed = () => mayChangeXattr(node, context.acting, fields.name);
    requireOwnership(context, allowed, 'may not remove this attribute');
    if (!tree.readXattr(inode, fields.name)) refuse('ENOENT', 'it has no such attribute');
    tree.writeXattr(inode, fields.name, undefined);
    tree.writeNode(inode, { ...node, ctime: timeOfStamp(context.stamp) });
  },
};
