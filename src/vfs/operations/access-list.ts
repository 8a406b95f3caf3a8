import {
  accessListXattr,
  defaultListXattr,
  isAccessList,
  listWithMode,
  renumberedList,
} from '../../metadata/access-list.ts';
import type { Name } from '../../metadata/name.ts';
import type { Node } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import { setGroupBit } from '../flags.ts';
import { posixErrors } from '../posix-error.ts';
import type { ShownNumbers } from '../shown-numbers.ts';
import { nodeOf } from '../tree-view.ts';

// Access lists, which programs read and set as extended attributes, and which are part of the node.

/** Undefined where the mode says it all. */
export function getAccessList({ shown }: Context, node: Node, name: Name): Buffer | undefined {
  checkType(node);
  const list =
    name === defaultListXattr
      ? node.defaultList
      : node.accessList && listWithMode(node.accessList, node.mode);
  return list === null ? undefined : shownList(shown, list);
}

export function* accessListsOf(node: Node): Generator<Name> {
  if (node.accessList !== null) yield accessListXattr;
  if (node.defaultList !== null) yield defaultListXattr;
}

/** `clearSetGroup` as the kernel says, where it does: whoever is not in the group does not leave the bit to others whom he names. */
export function setAccessList(
  context: Context,
  acting: Acting,
  node: Node,
  name: Name,
  value: Buffer,
  clearSetGroup: boolean,
): void {
  const { shown } = context;
  checkType(node);
  if (!isAccessList(value)) throw posixErrors.EINVAL;
  if (name === defaultListXattr && node.type !== 'directory') throw posixErrors.EACCES;
  context.access.writeXattr(acting, node, name);
  if (name === accessListXattr) takeSetGroup(context, acting, node, clearSetGroup);
  const list = shownList(shown, value);
  context.perform(acting, { kind: 'set-xattr', inode: node.inode, name, value: list });
  tellNewMode(context, node);
}

/** Where the kernel looks for the mode, being told as well would make it doubt what it has just found. */
function tellNewMode(context: Context, before: Node): void {
  if (context.access.isKernels || nodeOf(context, before.inode).mode === before.mode) return;
  context.observer.attributesChanged(before.inode);
}

function takeSetGroup(
  context: Context,
  acting: Acting,
  { inode, mode, gid }: Node,
  told: boolean,
): void {
  const granted = told ? mode & ~setGroupBit : context.access.grantedMode(acting, gid, mode);
  if (granted === mode) return;
  const others = { uid: null, gid: null, atime: null, mtime: null };
  context.perform(acting, { kind: 'set-attributes', inode, mode: granted, ...others });
}

/** To take away what is not there is no failure, as on disks. */
export function removeAccessList(context: Context, acting: Acting, node: Node, name: Name): void {
  checkType(node);
  context.access.writeXattr(acting, node, name);
  const list = name === defaultListXattr ? node.defaultList : node.accessList;
  if (list === null) return;
  context.perform(acting, { kind: 'remove-xattr', inode: node.inode, name });
}

/** The numbers of this machine for those of the network, or the other way round. */
function shownList(shown: ShownNumbers, list: Buffer): Buffer {
  const user = (uid: number) => shown.user(uid);
  return renumberedList(list, user, (gid) => shown.group(gid));
}

function checkType({ type }: Node): void {
  if (type === 'symlink') throw posixErrors.EOPNOTSUPP;
}
