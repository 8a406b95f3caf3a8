import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';

/**
 * Where a fact of the tree stands: 8 bytes inode, 1 byte kind of row, then what tells rows of one kind apart; bytes as latin1 text, so
 * that a map can use it. The inode comes first so that all rows of a file lie on one page of the database.
 */
export type TreeKey = string & { readonly __brand: 'TreeKey' };

/** The ninth byte. Those in capitals are never stored: they stand for what an operation asked about or changed as a whole. */
export const rowKind = {
  /** `NodeRecord` by inode. */
  node: 'n',
  /** `EntryRecord` by directory and name. */
  entry: 'e',
  /** Actual name by directory, inode and the name that its author gave. */
  displaced: 'c',
  /** Value by inode and name of the attribute. */
  xattr: 'x',
  /** `VersionRecord` by the number of the node that would show it. */
  version: 'v',
  /** Nothing, by directory and the stamp of an operation that changed its entries. */
  change: 'd',
  /** Nothing, by inode, parent and name: the names of a file that is not a directory. Follows from the entries. */
  name: 'a',
  /** Parent and name of a directory. Follows from the entries. */
  place: 'p',
  /** Numbers of names, entries and subdirectories. Follows from the entries. */
  totals: 't',
  /** Name, inode and type by directory and cookie. Follows from the entries; this machine's own. */
  listing: 'l',
  /** The youngest of a directory's `change` rows. */
  youngestChange: 'y',
  /** Which entries a directory has. */
  children: 'C',
  /** Which names lead to an inode. */
  places: 'P',
} as const;

/** The inode and the kind. */
export const keyPrefixBytes = 9;

const nodeCode = rowKind.node.charCodeAt(0);
const nameCode = rowKind.name.charCodeAt(0);
export const changeCode = rowKind.change.charCodeAt(0);
const entryCode = rowKind.entry.charCodeAt(0);

export function isNodeKey(key: TreeKey): boolean {
  return key.charCodeAt(8) === nodeCode;
}

export function isEntryKey(key: TreeKey): boolean {
  return key.charCodeAt(8) === entryCode;
}

export function isNameKey(key: TreeKey): boolean {
  return key.charCodeAt(8) === nameCode;
}

export function isChangeKey(key: TreeKey): boolean {
  return key.charCodeAt(8) === changeCode;
}

export function kindOfKey(key: TreeKey): string {
  return key.charAt(8);
}

export function inodeOfKey(key: TreeKey): InodeId {
  return inodeFromText(key, 0);
}

/** What follows the kind: the name of an entry, for one. */
export function restOfKey(key: TreeKey): string {
  return key.slice(keyPrefixBytes);
}

/** 8 bytes, big-endian. */
export function inodeToText(inode: InodeId): string {
  const high = Math.floor(inode / 2 ** 32);
  const low = inode >>> 0;
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  );
}

export function inodeFromText(text: string, offset: number): InodeId {
  return (unsigned32(text, offset) * 2 ** 32 + unsigned32(text, offset + 4)) as InodeId;
}

function unsigned32(text: string, at: number): number {
  return (
    text.charCodeAt(at) * 2 ** 24 +
    ((text.charCodeAt(at + 1) << 16) | (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3))
  );
}

function rowKey(inode: InodeId, kind: string, rest = ''): TreeKey {
  return (inodeToText(inode) + kind + rest) as TreeKey;
}

export const versionKey = (beside: InodeId) => rowKey(beside, rowKind.version);
export const nodeKey = (inode: InodeId) => rowKey(inode, rowKind.node);
export const entryKey = (parent: InodeId, name: Name) => rowKey(parent, rowKind.entry, name);
export const displacedKey = (parent: InodeId, inode: InodeId, wanted: Name) =>
  rowKey(parent, rowKind.displaced, inodeToText(inode) + wanted);
export const xattrKey = (inode: InodeId, name: Name) => rowKey(inode, rowKind.xattr, name);
export const changeKey = (directory: InodeId, stampText: string) =>
  rowKey(directory, rowKind.change, stampText);
export const nameKey = (inode: InodeId, parent: InodeId, name: Name) =>
  rowKey(inode, rowKind.name, inodeToText(parent) + name);
/** The place that a `name` row tells of. */
export function placeOfNameKey(key: TreeKey): { parent: InodeId; name: Name } {
  return { parent: inodeFromText(key, 9), name: key.slice(17) as Name };
}

export const placeKey = (directory: InodeId) => rowKey(directory, rowKind.place);
export const totalsKey = (inode: InodeId) => rowKey(inode, rowKind.totals);
export const youngestChangeKey = (directory: InodeId) => rowKey(directory, rowKind.youngestChange);
export const listingKey = (directory: InodeId, cookie: number) =>
  rowKey(directory, rowKind.listing, inodeToText(cookie as InodeId));
export const childrenKey = (directory: InodeId) => rowKey(directory, rowKind.children);
export const placesKey = (inode: InodeId) => rowKey(inode, rowKind.places);
