import type { InodeId } from '../../metadata/ids.ts';
import type { Context } from '../context.ts';
import { posixErrors } from '../posix-error.ts';
import { nodeOf } from '../tree-view.ts';

/** readlink(2). */
export function readlink(context: Context, inode: InodeId): string {
  const node = nodeOf(context, inode);
  if (node.type !== 'symlink') throw posixErrors.EINVAL;
  return node.target;
}
