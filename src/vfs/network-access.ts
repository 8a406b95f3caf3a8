import type { Name } from '../metadata/name.ts';
import type { Node } from '../metadata/node.ts';
import type { Acting } from '../metadata/operation.ts';
import * as rights from '../metadata/rights.ts';
import type { Access } from './access.ts';
import { capabilityXattr } from './capability.ts';
import type { AttributeChange } from './file-system.ts';
import {
  accessModeBits,
  executeFlag,
  setGroupBit,
  stickyBit,
  truncateFlag,
  writeOnly,
} from './flags.ts';
import { posixErrors, type PosixError } from './posix-error.ts';

/**
 * For networks whose users need not be anybody on this machine: every check is made here, for the user of the network, by the same
 * predicates by which all peers replay what he does. Nobody among them is root.
 */
export const networkAccess: Access = {
  isKernels: false,
  search: (acting, directory) => demand(acting, directory, rights.accessExecute),
  addEntry(acting, directory) {
    allow(rights.mayAddEntry(directory, acting), posixErrors.EACCES);
  },
  removeEntry(acting, directory, victim) {
    allow(rights.mayAddEntry(directory, acting), posixErrors.EACCES);
    allow(rights.mayRemoveEntry(directory, victim, acting), posixErrors.EPERM);
  },
  changeParent(acting, directory) {
    allow(rights.mayReparent(directory, acting), posixErrors.EACCES);
  },
  makeNode(_acting, type) {
    allow(type !== 'character-device' && type !== 'block-device', posixErrors.EPERM);
  },
  open: (acting, node, flags) => demand(acting, node, accessOfOpen(flags)),
  check: demand,
  setAttributes: maySetAttributes,
  readXattr: mayReadXattr,
  writeXattr: mayWriteXattr,
  showsXattr: (_acting, name) => !isPrivileged(name),
  takesSetId: () => true,
  grantedMode: (acting, gid, mode) => (acting.gids.includes(gid) ? mode : mode & ~setGroupBit),
};

function allow(allowed: boolean, otherwise: PosixError): void {
  if (!allowed) throw otherwise;
}

function demand(acting: Acting, node: Node, mask: number): void {
  allow(rights.mayAccess(node, acting, mask), posixErrors.EACCES);
}

function accessOfOpen(flags: number): number {
  // A program to be run need not be readable.
  if (flags & executeFlag) return rights.accessExecute;
  const way = flags & accessModeBits;
  const reads = way === writeOnly ? 0 : rights.accessRead;
  const writes = way !== 0 || flags & truncateFlag ? rights.accessWrite : 0;
  return reads | writes;
}

function maySetAttributes(acting: Acting, node: Node, change: AttributeChange): void {
  const { uid, gid, mode } = change;
  allow(uid === undefined || rights.mayChangeOwner(node, acting, uid), posixErrors.EPERM);
  allow(gid === undefined || rights.mayChangeGroup(node, acting, gid), posixErrors.EPERM);
  allow(mode === undefined || rights.mayChangeMode(node, acting), posixErrors.EPERM);
  maySetTimes(acting, node, change);
  // Through a handle the right was checked when it was opened.
  if (change.size !== undefined && change.handle === undefined) {
    demand(acting, node, rights.accessWrite);
  }
}

// utimensat(2): who may write may set both times to the present, but nothing else. A truncation brings its own times.
function maySetTimes(acting: Acting, node: Node, { atime, mtime, size }: AttributeChange): void {
  if (atime === undefined && mtime === undefined) return;
  if (size !== undefined && typeof atime !== 'object' && typeof mtime !== 'object') return;
  if (atime === 'now' && mtime === 'now') {
    allow(rights.maySetTimesToNow(node, acting), posixErrors.EACCES);
  } else allow(rights.maySetTimes(node, acting), posixErrors.EPERM);
}

function mayReadXattr(acting: Acting, node: Node, name: Name): void {
  allow(!isPrivileged(name), posixErrors.ENODATA);
  if (!name.startsWith('user.')) return;
  allow(takesUserXattrs(node), posixErrors.ENODATA);
  demand(acting, node, rights.accessRead);
}

function mayWriteXattr(acting: Acting, node: Node, name: Name): void {
  allow(!isPrivileged(name), posixErrors.EPERM);
  if (!name.startsWith('user.')) return allow(rights.isOwner(node, acting), posixErrors.EPERM);
  allow(takesUserXattrs(node), posixErrors.EPERM);
  const isSticky = node.type === 'directory' && (node.mode & stickyBit) !== 0;
  allow(!isSticky || rights.isOwner(node, acting), posixErrors.EPERM);
  demand(acting, node, rights.accessWrite);
}

// What only the administrator of a machine may give, and a network has none.
function isPrivileged(name: Name): boolean {
  return name.startsWith('trusted.') || name === capabilityXattr;
}

function takesUserXattrs(node: Node): boolean {
  return node.type === 'file' || node.type === 'directory';
}
