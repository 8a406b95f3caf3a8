import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Context } from '../context.ts';
import type { Attributes, Caller } from '../file-system.ts';
import { posixErrors } from '../posix-error.ts';
import { directoryOf, searchedDirectory } from '../tree-view.ts';

export function lookup(context: Context, caller: Caller, parent: InodeId, name: Name): Attributes {
  const attributes = find(context, caller, parent, name);
  if (attributes === undefined) throw posixErrors.ENOENT;
  return attributes;
}

/** Undefined for a name that does not exist. */
export function find(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
): Attributes | undefined {
  const inode = isDots(name)
    ? dotsOf(context, parent, name)
    : namedInode(context, caller, parent, name);
  if (inode === undefined) return undefined;
  const attributes = context.attributes.of(inode);
  context.references.add(inode);
  return attributes;
}

function namedInode(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
): InodeId | undefined {
  searchedDirectory(context, context.actors.actingOf(caller), parent, name);
  return context.replica.entry(parent, name)?.inode;
}

// The kernel asks for these when it has only a number, as an NFS server does (FUSE_EXPORT_SUPPORT).
function dotsOf(context: Context, inode: InodeId, name: string): InodeId {
  if (name === '.') return inode;
  directoryOf(context, inode);
  const parent = context.replica.parentOf(inode);
  if (parent === undefined) throw posixErrors.ENOENT;
  return parent;
}

function isDots(name: string): boolean {
  return name === '.' || name === '..';
}
