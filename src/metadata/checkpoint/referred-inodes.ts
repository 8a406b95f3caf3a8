import type { InodeId } from '../ids.ts';
import type { OperationFields } from '../operation.ts';

/** Nodes without which an operation can have no effect, since it neither makes nor merely replaces them. */
export function referredInodes(fields: OperationFields): InodeId[] {
  switch (fields.kind) {
    case 'create':
      return [fields.parent];
    case 'rename':
      return [fields.parent, fields.inode, fields.newParent];
    case 'exchange':
      return [fields.parent, fields.inode, fields.otherParent, fields.otherInode];
    case 'link':
    case 'unlink':
    case 'remove-directory':
    case 'settle':
      return [fields.parent, fields.inode];
    case 'set-attributes':
    case 'set-content':
    case 'set-xattr':
    case 'remove-xattr':
      return [fields.inode];
    case 'acknowledge':
    case 'checkpoint':
    default:
      return [];
  }
}
