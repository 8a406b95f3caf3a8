import type { InodeId } from '../../metadata/ids.ts';
import type { Context } from '../context.ts';
import { dropNameless } from '../nameless-files.ts';

/** The kernel drops references; with the last one, what was kept for it goes too. */
export function forget(context: Context, inode: InodeId, references: number): void {
  if (!context.references.remove(inode, references)) return;
  context.stalePages.delete(inode);
  context.attributes.invalidate(inode);
  context.removed.consider(inode);
  dropNameless(context, inode);
}
