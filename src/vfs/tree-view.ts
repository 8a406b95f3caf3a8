import { rootInode, type InodeId } from '../metadata/ids.ts';
import { isValidName, maximumNameBytes, type Name } from '../metadata/name.ts';
import type { Entry, Node } from '../metadata/node.ts';
import type { Acting } from '../metadata/operation.ts';
import type { Stamp } from '../metadata/stamp.ts';
import type { Context } from './context.ts';
import { posixErrors } from './posix-error.ts';

// How requests look at the tree: what they name must be there, be of the right type and be reachable.

/** Throws ESTALE for a number that is no inode. */
export function nodeOf(context: Context, inode: InodeId): Node {
  const node = context.nameless.node(inode);
  if (node === undefined) throw posixErrors.ESTALE;
  return node;
}

/** Throws ENOTDIR also. */
export function directoryOf(context: Context, inode: InodeId): Node {
  const node = nodeOf(context, inode);
  if (node.type !== 'directory') throw posixErrors.ENOTDIR;
  return node;
}

/** The directory in which somebody looks a name up, when he may search it and the name is one. */
export function searchedDirectory(
  context: Context,
  acting: Acting,
  inode: InodeId,
  name: Name,
): Node {
  const directory = directoryOf(context, inode);
  context.access.search(acting, directory);
  checkName(name);
  return directory;
}

/** Throws ENOENT when there is no such name. */
export function entryOf(context: Context, directory: InodeId, name: Name): Entry {
  const entry = context.replica.entry(directory, name);
  if (entry === undefined) throw posixErrors.ENOENT;
  return entry;
}

/** A directory that has been removed takes no new names. */
export function checkAlive(directory: Node): void {
  if (directory.links === 0 && directory.inode !== rootInode) throw posixErrors.ENOENT;
}

function checkName(name: string): void {
  if (isValidName(name)) return;
  if (name.length === 0) throw posixErrors.ENOENT;
  throw name.length > maximumNameBytes ? posixErrors.ENAMETOOLONG : posixErrors.EINVAL;
}

/** The version of a file that whoever looks at it now sees; null for a file never written, and for what is not a file. */
export function shownVersion({ replica }: Context, inode: InodeId): Stamp | null {
  return replica.node(inode)?.heads[0]?.id ?? null;
}
