import { isListXattr } from '../../metadata/access-list.ts';
import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Node } from '../../metadata/node.ts';
import type { Context } from '../context.ts';
import type { Caller } from '../file-system.ts';
import { xattrCreate, xattrReplace } from '../flags.ts';
import { maximumXattrBytes, maximumXattrListBytes, maximumXattrNameBytes } from '../limits.ts';
import { posixErrors } from '../posix-error.ts';
import { isOwnXattr, stateOf, stateXattr } from '../state-xattr.ts';
import { nodeOf } from '../tree-view.ts';
import { accessListsOf, getAccessList, removeAccessList, setAccessList } from './access-list.ts';

const namespaces = ['user.', 'trusted.', 'security.'];

/** getxattr(2). */
export function getXattr(context: Context, caller: Caller, inode: InodeId, name: Name): Buffer {
  const value = findXattr(context, caller, inode, name);
  if (value === undefined) throw posixErrors.ENODATA;
  return value;
}

/** Undefined where there is none. */
export function findXattr(
  context: Context,
  caller: Caller,
  inode: InodeId,
  name: Name,
): Buffer | undefined {
  checkName(name);
  const node = nodeOf(context, inode);
  const acting = context.actors.actingOf(caller);
  if (!context.access.showsXattr(acting, name)) return undefined;
  context.access.readXattr(acting, node, name);
  return valueOf(context, node, name);
}

function valueOf(context: Context, node: Node, name: Name): Buffer | undefined {
  if (isListXattr(name)) return getAccessList(context, node, name);
  if (isOwnXattr(name)) return ownValue(context, node, name);
  return context.nameless.xattr(node.inode, name);
}

function ownValue(context: Context, node: Node, name: Name): Buffer | undefined {
  const state = name === stateXattr ? stateOf(context, node) : undefined;
  return state && Buffer.from(state);
}

/** listxattr(2). */
export function listXattrs(context: Context, caller: Caller, inode: InodeId): readonly Name[] {
  const node = nodeOf(context, inode);
  const acting = context.actors.actingOf(caller);
  const names = context.nameless
    .xattrNames(inode)
    .filter((name) => context.access.showsXattr(acting, name) && !isOwnXattr(name));
  const state = stateOf(context, node) === undefined ? [] : [stateXattr];
  return [...names, ...accessListsOf(node), ...state];
}

/** setxattr(2). */
export function setXattr(
  context: Context,
  caller: Caller,
  inode: InodeId,
  name: Name,
  value: Buffer,
  flags: number,
  clearSetGroup = false,
): void {
  checkName(name);
  if (isOwnXattr(name)) throw posixErrors.EPERM;
  if (flags & ~(xattrCreate | xattrReplace)) throw posixErrors.EINVAL;
  if (value.length > maximumXattrBytes) throw posixErrors.E2BIG;
  const node = nodeOf(context, inode);
  const acting = context.actors.actingOf(caller);
  if (isListXattr(name)) return setAccessList(context, acting, node, name, value, clearSetGroup);
  context.access.writeXattr(acting, node, name);
  const exists = context.nameless.xattr(inode, name) !== undefined;
  if (exists && flags & xattrCreate) throw posixErrors.EEXIST;
  if (!exists && flags & xattrReplace) throw posixErrors.ENODATA;
  if (!exists) checkRoom(context, inode, name);
  context.perform(acting, { kind: 'set-xattr', inode, name, value: Buffer.from(value) });
}

/** removexattr(2). */
export function removeXattr(context: Context, caller: Caller, inode: InodeId, name: Name): void {
  checkName(name);
  if (isOwnXattr(name)) throw posixErrors.EPERM;
  const node = nodeOf(context, inode);
  const acting = context.actors.actingOf(caller);
  if (isListXattr(name)) return removeAccessList(context, acting, node, name);
  context.access.writeXattr(acting, node, name);
  if (context.nameless.xattr(inode, name) === undefined) throw posixErrors.ENODATA;
  context.perform(acting, { kind: 'remove-xattr', inode, name });
}

function checkName(name: Name): void {
  if (isListXattr(name)) return;
  if (name.length === 0 || name.length > maximumXattrNameBytes) throw posixErrors.ERANGE;
  const namespace = namespaces.find((prefix) => name.startsWith(prefix));
  if (namespace === undefined) throw posixErrors.EOPNOTSUPP;
  if (name === namespace) throw posixErrors.EINVAL;
}

/** What listxattr(2) gives must fit into what it can give. */
function checkRoom(context: Context, inode: InodeId, name: Name): void {
  let bytes = name.length + 1;
  for (const other of context.nameless.xattrNames(inode)) bytes += other.length + 1;
  if (bytes > maximumXattrListBytes) throw posixErrors.ENOSPC;
}
