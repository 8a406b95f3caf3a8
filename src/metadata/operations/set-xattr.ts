import { defaultListXattr, isListXattr, modeAndList } from '../access-list.ts';
import { maximumXattrBytes, readAccessList, readInode, readXattrName } from '../codec/fields.ts';
import type { Name } from '../name.ts';
import type { SetXattr } from '../operation.ts';
import { mayChangeXattr } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { NodeRecord } from '../state/node-record.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { findNode, requireOwnership } from './requirements.ts';

export const setXattr: OperationKind<SetXattr> = {
  kind: 'set-xattr',
  number: 9,
  fieldCount: 3,

  write(writer, fields) {
    writer.integer(fields.inode).latin1(fields.name).bytes(fields.value);
  },

  read(reader) {
    const inode = readInode(reader);
    const name = readXattrName(reader);
    const value = isListXattr(name)
      ? readAccessList(reader)
      : Buffer.from(reader.bytes('value', 0, maximumXattrBytes));
    return { kind: 'set-xattr', inode, name, value };
  },

  apply(tree, fields, context) {
    const { inode, node } = findNode(tree, fields.inode);
    const allowed = () => mayChangeXattr(node, context.acting, fields.name);
    requireOwnership(context, allowed, 'may not set this attribute');
    const isList = isListXattr(fields.name);
    if (!isList) tree.writeXattr(inode, fields.name, Buffer.from(fields.value));
    const changed = isList ? withList(node, fields.name, Buffer.from(fields.value)) : node;
    tree.writeNode(inode, { ...changed, ctime: timeOfStamp(context.stamp) });
  },
};

function withList(node: NodeRecord, name: Name, list: Buffer): NodeRecord {
  if (node.type === 'symlink') refuse('EPERM', 'symbolic links have no access lists');
  if (name === defaultListXattr) {
    if (node.type !== 'directory') refuse('EACCES', 'only directories hand lists down');
    return { ...node, defaultList: list };
  }
  return { ...node, ...modeAndList(node.mode, list) };
}
