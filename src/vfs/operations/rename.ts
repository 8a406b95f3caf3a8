import { rootInode, type InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Entry, Node } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import type { Caller, RenameMode } from '../file-system.ts';
import { posixErrors } from '../posix-error.ts';
import { checkAlive, entryOf, nodeOf, searchedDirectory, shownVersion } from '../tree-view.ts';

interface Place {
  readonly directory: Node;
  readonly name: Name;
}

/** rename(2) and renameat2(2), with its checks in the order of Linux. */
export function rename(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  newParent: InodeId,
  newName: Name,
  mode: RenameMode,
): void {
  const acting = context.actors.actingOf(caller);
  const from = { directory: searchedDirectory(context, acting, parent, name), name };
  const to = { directory: searchedDirectory(context, acting, newParent, newName), name: newName };
  const source = entryOf(context, parent, name);
  const target = context.replica.entry(newParent, newName);
  checkExistence(target, mode);
  checkAncestry(context, from, source, to, target, mode);
  if (target?.inode === source.inode) return;
  checkRights(context, acting, from, source, to, target, mode);
  if (mode === 'exchange' && target !== undefined) {
    performExchange(context, acting, from, source, to, target);
  } else {
    checkReplacement(context, source, target);
    performRename(context, acting, from, source, to, target);
  }
}

function checkExistence(target: Entry | undefined, mode: RenameMode): void {
  if (mode === 'no-replace' && target !== undefined) throw posixErrors.EEXIST;
  if (mode === 'exchange' && target === undefined) throw posixErrors.ENOENT;
}

function checkAncestry(
  context: Context,
  from: Place,
  source: Entry,
  to: Place,
  target: Entry | undefined,
  mode: RenameMode,
): void {
  if (source.type === 'directory' && isInside(context, to.directory.inode, source.inode)) {
    throw posixErrors.EINVAL;
  }
  if (target?.type === 'directory' && isInside(context, from.directory.inode, target.inode)) {
    throw mode === 'exchange' ? posixErrors.EINVAL : posixErrors.ENOTEMPTY;
  }
}

/** True also when both are the same. */
function isInside(context: Context, directory: InodeId, ancestor: InodeId): boolean {
  for (let current: InodeId | undefined = directory; current !== undefined;) {
    if (current === ancestor) return true;
    if (current === rootInode) return false;
    current = context.replica.parentOf(current);
  }
  return false;
}

function checkRights(
  context: Context,
  acting: Acting,
  from: Place,
  source: Entry,
  to: Place,
  target: Entry | undefined,
  mode: RenameMode,
): void {
  const { access } = context;
  const moved = nodeOf(context, source.inode);
  access.removeEntry(acting, from.directory, moved);
  checkAlive(to.directory);
  const changesParent = from.directory.inode !== to.directory.inode;
  if (target === undefined) access.addEntry(acting, to.directory);
  else {
    const victim = nodeOf(context, target.inode);
    access.removeEntry(acting, to.directory, victim);
    if (mode !== 'exchange') checkTypes(source, target);
    else if (changesParent && victim.type === 'directory') access.changeParent(acting, victim);
  }
  if (changesParent && moved.type === 'directory') access.changeParent(acting, moved);
}

function checkTypes(source: Entry, target: Entry): void {
  if (source.type === 'directory' && target.type !== 'directory') throw posixErrors.ENOTDIR;
  if (source.type !== 'directory' && target.type === 'directory') throw posixErrors.EISDIR;
}

function checkReplacement(context: Context, source: Entry, target: Entry | undefined): void {
  if (target === undefined || source.type !== 'directory') return;
  if (!context.replica.isEmpty(target.inode)) throw posixErrors.ENOTEMPTY;
}

function performRename(
  context: Context,
  acting: Acting,
  from: Place,
  source: Entry,
  to: Place,
  target: Entry | undefined,
): void {
  context.perform(acting, {
    kind: 'rename',
    parent: from.directory.inode,
    name: from.name,
    inode: source.inode,
    newParent: to.directory.inode,
    newName: to.name,
    victim: target?.inode ?? null,
    victimSeen: target ? shownVersion(context, target.inode) : null,
  });
}

function performExchange(
  context: Context,
  acting: Acting,
  from: Place,
  source: Entry,
  to: Place,
  target: Entry,
): void {
  context.perform(acting, {
    kind: 'exchange',
    parent: from.directory.inode,
    name: from.name,
    inode: source.inode,
    otherParent: to.directory.inode,
    otherName: to.name,
    otherInode: target.inode,
  });
}
