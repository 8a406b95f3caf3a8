import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Context } from '../context.ts';
import type { Attributes, Caller } from '../file-system.ts';
import { posixErrors } from '../posix-error.ts';
import { checkAlive, nodeOf, searchedDirectory } from '../tree-view.ts';
import { giveName } from './nameless.ts';

/** link(2). */
export function link(
  context: Context,
  caller: Caller,
  inode: InodeId,
  parent: InodeId,
  name: Name,
): Attributes | Promise<Attributes> {
  const acting = context.actors.actingOf(caller);
  const node = nodeOf(context, inode);
  const directory = searchedDirectory(context, acting, parent, name);
  if (context.replica.entry(parent, name) !== undefined) throw posixErrors.EEXIST;
  checkAlive(directory);
  context.access.addEntry(acting, directory);
  if (node.type === 'directory') throw posixErrors.EPERM;
  if (context.nameless.has(inode)) return giveName(context, caller, node, directory, name);
  if (node.links === 0) throw posixErrors.ENOENT;
  context.perform(acting, { kind: 'link', inode, parent, name });
  context.references.add(inode);
  return context.attributes.of(inode);
}
