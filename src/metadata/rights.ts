import { listAllows } from './access-list.ts';
import type { Acting } from './operation.ts';
import type { Node, NodeType } from './node.ts';

// The rules of POSIX for who may do what, as pure predicates. Peers replay operations through them, and the file system answers
// requests with the same ones, so that the two cannot disagree. Nobody is above them: uid 0 is an ordinary number on `net`.

/** What a right depends on. */
export type Guarded = Pick<Node, 'mode' | 'uid' | 'gid' | 'accessList'>;

export const accessRead = 4;
export const accessWrite = 2;
export const accessExecute = 1;

const stickyBit = 0o1000;
const setGroupIdBit = 0o2000;

/** `mask` is a sum of the access constants; true when all of them are allowed. */
export function mayAccess(node: Guarded, acting: Acting, mask: number): boolean {
  if (isOwner(node, acting)) return ((node.mode >> 6) & mask) === mask;
  return listAllows(node, acting, mask) ?? (classBits(node, acting) & mask) === mask;
}

export function mayReadContent(node: Guarded, acting: Acting): boolean {
  return mayAccess(node, acting, accessRead);
}

/** The owner always may: what he opened for writing stays writable for him when the mode forbids it later, or from the start. */
export function mayPublishContent(node: Guarded, acting: Acting): boolean {
  return isOwner(node, acting) || mayAccess(node, acting, accessWrite);
}

/** To make a name in a directory. */
export function mayAddEntry(directory: Guarded, acting: Acting): boolean {
  return mayAccess(directory, acting, accessWrite | accessExecute);
}

/** To take a name out of a directory: in a sticky one, only the owner of it or of what the name leads to. */
export function mayRemoveEntry(directory: Guarded, node: Guarded, acting: Acting): boolean {
  if (!mayAddEntry(directory, acting)) return false;
  return (directory.mode & stickyBit) === 0 || isOwner(directory, acting) || isOwner(node, acting);
}

/** A directory that changes its parent changes its `..`, for which it must be writable. */
export function mayReparent(directory: Guarded, acting: Acting): boolean {
  return mayAccess(directory, acting, accessWrite);
}

export function mayChangeMode(node: Guarded, acting: Acting): boolean {
  return isOwner(node, acting);
}

/** Ownership is never given away, so only "to whom it belongs already" is allowed, to its owner. */
export function mayChangeOwner(node: Guarded, acting: Acting, uid: number): boolean {
  return isOwner(node, acting) && uid === node.uid;
}

export function mayChangeGroup(node: Guarded, acting: Acting, gid: number): boolean {
  return isOwner(node, acting) && (gid === node.gid || acting.gids.includes(gid));
}

/** To times of one's choice. */
export function maySetTimes(node: Guarded, acting: Acting): boolean {
  return isOwner(node, acting);
}

/** To the present time. */
export function maySetTimesToNow(node: Guarded, acting: Acting): boolean {
  return isOwner(node, acting) || mayAccess(node, acting, accessWrite);
}

/** Attributes of the `user.` space belong to those who may write, all others, access lists among them, to the owner. */
export function mayChangeXattr(node: Guarded, acting: Acting, name: string): boolean {
  if (isOwner(node, acting)) return true;
  const sticky = (node.mode & stickyBit) !== 0;
  return name.startsWith('user.') && !sticky && mayAccess(node, acting, accessWrite);
}

/** Whose a new node is: its maker's, its group the maker's or, in a set-group-id directory, the directory's. */
export function mayOwnNew(
  parent: Guarded,
  acting: Acting,
  owner: { readonly uid: number; readonly gid: number },
): boolean {
  const inheritsGroup = (parent.mode & setGroupIdBit) !== 0 && owner.gid === parent.gid;
  return owner.uid === acting.uid && (inheritsGroup || acting.gids.includes(owner.gid));
}

/** Device nodes are doors into the machine that shows them, and no user of the network has a say there. */
export function mayMakeNode(type: NodeType): boolean {
  return type !== 'character-device' && type !== 'block-device';
}

export function isOwner(node: Guarded, acting: Acting): boolean {
  return node.uid === acting.uid;
}

/** Of somebody who is not the owner. The first class that fits counts, also when it allows less than the next. */
function classBits(node: Guarded, acting: Acting): number {
  return acting.gids.includes(node.gid) ? (node.mode >> 3) & 7 : node.mode & 7;
}
