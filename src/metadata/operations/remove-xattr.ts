import { accessListXattr, defaultListXattr } from '../access-list.ts';
import { readInode, readXattrName } from '../codec/fields.ts';
import type { Name } from '../name.ts';
import type { RemoveXattr } from '../operation.ts';
import { mayChangeXattr } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findNode, requireOwnership } from './requirements.ts';

const listFields = new Map<Name, 'accessList' | 'defaultList'>([
  [accessListXattr, 'accessList'],
  [defaultListXattr, 'defaultList'],
]);

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
    const ctime = timeOfStamp(context.stamp);
    const list = listFields.get(fields.name);
    const exists = list === undefined ? tree.readXattr(inode, fields.name) : node[list];
    if (!exists) refuse('ENOENT', 'it has no such attribute');
    if (list === undefined) tree.writeXattr(inode, fields.name, undefined);
    tree.writeNode(inode, { ...node, ...(list && { [list]: null }), ctime });
  },
};
