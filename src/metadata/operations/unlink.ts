import { readInode, readName, readStamp, writeNullable, writeStamp } from '../codec/fields.ts';
import { isKeptByUnseenEdit } from '../conflict-rules.ts';
import type { Unlink } from '../operation.ts';
import { mayRemoveEntry } from '../rights.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { removeName } from './remove-name.ts';
import { findDirectory, findEntry, findNode, requireRight } from './requirements.ts';

export const unlink: OperationKind<Unlink> = {
  kind: 'unlink',
  number: 3,
  fieldCount: 4,

  write(writer, fields) {
    writer.integer(fields.parent).latin1(fields.name).integer(fields.inode);
    writeNullable(writer, fields.seen, (stamp) => writeStamp(writer, stamp));
  },

  read: (reader) => ({
    kind: 'unlink',
    parent: readInode(reader, 'parent'),
    name: readName(reader),
    inode: readInode(reader),
    seen: reader.nullable(() => readStamp(reader, 'seen')),
  }),

  apply(tree, fields, context) {
    const parent = findDirectory(tree, fields.parent);
    const { inode, node } = findNode(tree, fields.inode);
    const found = findEntry(tree, parent.inode, fields.name, inode);
    if (node.type === 'directory') refuse('EISDIR', 'it is a directory');
    const allowed = () => mayRemoveEntry(parent.node, node, context.acting);
    requireRight(context, allowed, 'may not remove this name');
    if (isKeptByUnseenEdit(tree, { inode, node }, fields.seen)) {
      refuse('ESTALE', 'somebody changed it meanwhile');
    }
    removeName(tree, found, context);
  },
};
