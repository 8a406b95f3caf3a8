import type { Name } from './name.ts';
import type { Node } from './node.ts';
import type { Acting } from './operation.ts';

// Access lists (POSIX 1003.1e as Linux has it), in the bytes in which extended attributes carry them: a version, then entries of tag,
// permissions and number. What a mode can say, the mode says: in a node's list the owner, the mask and the others mean nothing, so that
// a change of the mode and one of the list cannot contradict each other, whichever is younger.

/** Who may do what besides those whom the mode names. */
export const accessListXattr = 'system.posix_acl_access' as Name;
/** What things made in a directory begin with. */
export const defaultListXattr = 'system.posix_acl_default' as Name;

/** A page: the kernel asks for no more. */
export const maximumListBytes = 4096;

/** In the order in which they must stand. */
const tags = { owner: 1, user: 2, group: 4, namedGroup: 8, mask: 16, others: 32 } as const;

const version = 2;
const headBytes = 4;
const entryBytes = 8;
const noNumber = 2 ** 32 - 1;
const groupBits = 0o070;
/** What a list says of a mode: not the set-id and sticky bits. */
const permissionBits = 0o777;

export function isListXattr(name: Name): boolean {
  return name === accessListXattr || name === defaultListXattr;
}

/** Whether it is complete, in order, and has a mask where it names somebody. */
export function isAccessList(list: Buffer): boolean {
  if (list.length > maximumListBytes || list.length < headBytes + 3 * entryBytes) return false;
  if ((list.length - headBytes) % entryBytes !== 0 || list.readUInt32LE(0) !== version)
    return false;
  let order = '';
  for (let at = headBytes; at < list.length; at += entryBytes) order += letterOf(list, at);
  return /^ou*gn*m?x$/.test(order) && (!/[un]/.test(order) || order.includes('m'));
}

const letters = new Map<number, string>([
  [tags.owner, 'o'],
  [tags.user, 'u'],
  [tags.group, 'g'],
  [tags.namedGroup, 'n'],
  [tags.mask, 'm'],
  [tags.others, 'x'],
]);

function letterOf(list: Buffer, at: number): string {
  if (permissionsAt(list, at) > 7) return '?';
  const isNamed = isNamedTag(tagAt(list, at));
  if (isNamed === (numberAt(list, at) === noNumber)) return '?';
  return letters.get(tagAt(list, at)) ?? '?';
}

/** Whether it says more than a mode can: it has a mask, as every list has that names somebody. */
export function saysMoreThanMode(list: Buffer): boolean {
  return tagAt(list, list.length - 2 * entryBytes) === tags.mask;
}

/** The permission bits of the mode that goes with a list: the group's are the mask, where there is one. */
export function modeOfList(list: Buffer): number {
  const group = permissionsAt(list, placeOfGroupBits(list));
  const others = permissionsAt(list, list.length - entryBytes);
  return (permissionsAt(list, headBytes) << 6) | (group << 3) | others;
}

/** What a node of this mode has after the list was set: none where the mode says it all. */
export function modeAndList(
  mode: number,
  list: Buffer,
): { readonly mode: number; readonly accessList: Buffer | null } {
  return {
    mode: (mode & ~permissionBits) | modeOfList(list),
    accessList: saysMoreThanMode(list) ? list : null,
  };
}

/** The list with what the mode says, as programs see it. */
export function listWithMode(list: Buffer, mode: number): Buffer {
  const shown = Buffer.from(list);
  shown.writeUInt16LE((mode >> 6) & 7, headBytes + 2);
  shown.writeUInt16LE((mode >> 3) & 7, placeOfGroupBits(list) + 2);
  shown.writeUInt16LE(mode & 7, list.length - entryBytes + 2);
  return shown;
}

/** The list with other numbers for those whom it names. */
export function renumberedList(
  list: Buffer,
  user: (uid: number) => number,
  group: (gid: number) => number,
): Buffer {
  const renumbered = Buffer.from(list);
  for (let at = headBytes; at < list.length; at += entryBytes) {
    const tag = tagAt(list, at);
    if (!isNamedTag(tag)) continue;
    const number = numberAt(list, at);
    renumbered.writeUInt32LE(tag === tags.user ? user(number) : group(number), at + 4);
  }
  return renumbered;
}

/**
 * Whether somebody who is not the owner may do all of `wanted`; undefined when the list has no say. As in Linux, without any bit in
 * the mask the mode alone counts.
 */
export function listAllows(
  { accessList, mode, gid }: Pick<Node, 'accessList' | 'mode' | 'gid'>,
  acting: Acting,
  wanted: number,
): boolean | undefined {
  if (accessList === null || (mode & groupBits) === 0) return undefined;
  const mask = (mode >> 3) & 7;
  let isMember = false;
  for (let at = headBytes; at < accessList.length; at += entryBytes) {
    const tag = tagAt(accessList, at);
    const allows = (permissionsAt(accessList, at) & mask & wanted) === wanted;
    if (tag === tags.user && numberAt(accessList, at) === acting.uid) return allows;
    if (tag !== tags.group && tag !== tags.namedGroup) continue;
    if (!acting.gids.includes(tag === tags.group ? gid : numberAt(accessList, at))) continue;
    if (allows) return true;
    isMember = true;
  }
  return isMember ? false : (mode & wanted) === wanted;
}

function placeOfGroupBits(list: Buffer): number {
  if (saysMoreThanMode(list)) return list.length - 2 * entryBytes;
  let at = headBytes;
  while (tagAt(list, at) !== tags.group) at += entryBytes;
  return at;
}

function isNamedTag(tag: number): boolean {
  return tag === tags.user || tag === tags.namedGroup;
}

function tagAt(list: Buffer, at: number): number {
  return list.readUInt16LE(at);
}

function permissionsAt(list: Buffer, at: number): number {
  return list.readUInt16LE(at + 2);
}

function numberAt(list: Buffer, at: number): number {
  return list.readUInt32LE(at + 4);
}
