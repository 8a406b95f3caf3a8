import { readInode, readName } from '../codec/fields.ts';
import type { RemoveDirectory } from '../operation.ts';
import { mayRemoveEntry } from '../rights.ts';
import type { OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { removeName } from './remove-name.ts';
import { findDirectory, findEntry, requireRight } from './requirements.ts';

export const removeDirectory: OperationKind<RemoveDirectory> = {
  kind: 'remove-directory',
  number: 4,
  fieldCount: 3,

  write(writer, fields) {
    writer.integer(fields.parent).latin1(fields.name).integer(fields.inode);
  },

  read: (reader) => ({
    kind: 'remove-directory',
    parent: readInode(reader, 'parent'),
    name: readName(reader),
    inode: readInode(reader),
  }),

  apply(tree, fields, context) {
    const parent = findDirectory(tree, fields.parent);
    const directory = findDirectory(tree, fields.inode);
    const found = findEntry(tree, parent.inode, fields.name, directory.inode);
    const allowed = () => mayRemoveEntry(parent.node, directory.node, context.acting);
    requireRight(context, allowed, 'may not remove this directory');
    if (!tree.isEmpty(directory.inode)) refuse('ENOTEMPTY', 'there is something in it');
    removeName(tree, found, context);
  },
};
