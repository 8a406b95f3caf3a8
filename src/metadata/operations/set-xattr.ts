import { maximumXattrBytes, readInode, readXattrName } from '../codec/fields.ts';
import type { SetXattr } from '../operation.ts';
import { mayChangeXattr } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { OperationKind } from './operation-kind.ts';
import { findNode, requireOwnership } from './requirements.ts';

export const setXattr: OperationKind<SetXattr> = {
  kind: 'set-xattr',
  number: 9,
  fieldCount: 3,

  write(writer, fields) {
    writer.integer(fields.inode).latin1(fields.name).bytes(fields.value);
  },

  read: (reader) => ({
    kind: 'set-xattr',
    inode: readInode(reader),
    name: readXattrName(reader),
    value: Buffer.from(reader.bytes('value', 0, maximumXattrBytes)),
  }),

  apply(tree, fields, context) {
    const { inode, node } = findNode(tree, fields.inode);
    const allowed = () => mayChangeXattr(node, context.acting, fields.name);
    requireOwnership(context, allowed, 'may not set this attribute');
    tree.writeXattr(inode, fields.name, Buffer.from(fields.value));
    tree.writeNode(inode, { ...node, ctime: timeOfStamp(context.stamp) });
  },
};
