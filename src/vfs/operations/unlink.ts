import { rootInode, type InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Context } from '../context.ts';
import type { Caller } from '../file-system.ts';
import { posixErrors } from '../posix-error.ts';
import { entryOf, nodeOf, searchedDirectory, shownVersion } from '../tree-view.ts';

/** unlink(2). */
export function unlink(context: Context, caller: Caller, parent: InodeId, name: Name): void {
  const acting = context.actors.actingOf(caller);
  const directory = searchedDirectory(context, acting, parent, name);
  const { inode, type } = entryOf(context, parent, name);
  context.access.removeEntry(acting, directory, nodeOf(context, inode));
  if (type === 'directory') throw posixErrors.EISDIR;
  const seen = shownVersion(context, inode);
  context.perform(acting, { kind: 'unlink', parent, name, inode, seen });
}

/** rmdir(2). */
export function removeDirectory(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
): void {
  const acting = context.actors.actingOf(caller);
  const directory = searchedDirectory(context, acting, parent, name);
  const { inode, type } = entryOf(context, parent, name);
  context.access.removeEntry(acting, directory, nodeOf(context, inode));
  if (type !== 'directory') throw posixErrors.ENOTDIR;
  if (inode === rootInode) throw posixErrors.EBUSY;
  if (!context.replica.isEmpty(inode)) throw posixErrors.ENOTEMPTY;
  context.perform(acting, { kind: 'remove-directory', parent, name, inode });
}
