import type { DeviceId } from '../../identity/ids.ts';
import { inodeFromText, inodeToText, restOfKey, type TreeKey } from '../state/tree-key.ts';
import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';

// Rows that belong to no inode stand under inode 0. docs/formats/tree-database.md

const kinds = {
  /** Where a batch is in its log, by device and sequence. */
  batch: 'b',
  /** What is known of a device's log. */
  device: 'v',
  /** The last sequence of the second device that the first one said it has. */
  seen: 'f',
  /** Operations ahead of this machine's clock, by stamp. */
  parked: 'k',
  /** What an operation read and wrote, by stamp. */
  applied: 'u',
  /** A logged batch whose operations are not all applied, by device and sequence. */
  waiting: 'w',
  /** An entry that stands beside the name that it wanted, by directory, that name, `/` and its own. */
  conflict: 'q',
  /** Beside the newest `applied` row, since both change with each operation. */
  counters: 'z',
  /** Stamp of the first own operation that is not in the log yet. */
  unsealed: 'o',
  /** There while what is staged counts in place of the rows. */
  replaced: 's',
  format: 'm',
  ownNumbers: 'i',
  /** Header and hash of the checkpoint that everything here continues. */
  base: 'h',
  /** An operation that asks for a checkpoint, by stamp. */
  proposal: 'p',
  /** An own operation that came too late for a checkpoint and is to be done again, by its stamp. */
  belated: 'r',
  /** The new stamp of such an operation, by the old one. */
  renewed: 'n',
  /** An own operation that has no effect, by the inode that it names and its stamp. */
  refusal: 'g',
} as const;

const noInode = inodeToText(0 as InodeId);

function globalKey(kind: string, rest = ''): TreeKey {
  return (noInode + kind + rest) as TreeKey;
}

export const countersKey = globalKey(kinds.counters);
export const unsealedKey = globalKey(kinds.unsealed);
export const formatKey = globalKey(kinds.format);
export const replacedKey = globalKey(kinds.replaced);
export const ownNumbersKey = globalKey(kinds.ownNumbers);

export const baseKey = globalKey(kinds.base);

export const proposalKey = (stampText: string) => globalKey(kinds.proposal, stampText);
export const belatedKey = (stampText: string) => globalKey(kinds.belated, stampText);
export const renewedKey = (stampText: string) => globalKey(kinds.renewed, stampText);
export const refusalKey = (inode: InodeId, stampText: string) =>
  globalKey(kinds.refusal, inodeToText(inode) + stampText);
/** Of every such key. */
export const refusalKeyBytes = 29;
export const refusalRange = rangeOf(globalKey(kinds.refusal));
export const refusalRangeOf = (inode: InodeId) =>
  rangeOf(globalKey(kinds.refusal, inodeToText(inode)));
export const inodeOfRefusalKey = (key: TreeKey) => inodeFromText(restOfKey(key), 0);

export const appliedKey = (stampText: string) => globalKey(kinds.applied, stampText);
export const parkedKey = (stampText: string) => globalKey(kinds.parked, stampText);
export const deviceKey = (device: DeviceId) =>
  globalKey(kinds.device, inodeToText(asInode(device)));
export const batchKey = (device: DeviceId, sequence: number) =>
  globalKey(kinds.batch, inodeToText(asInode(device)) + inodeToText(asInode(sequence)));
export const waitingKey = (device: DeviceId, sequence: number) =>
  globalKey(kinds.waiting, inodeToText(asInode(device)) + inodeToText(asInode(sequence)));
export const seenKey = (author: DeviceId, device: DeviceId) =>
  globalKey(kinds.seen, inodeToText(asInode(author)) + inodeToText(asInode(device)));

const stagedKinds: ReadonlySet<string> = new Set([kinds.applied, kinds.conflict, kinds.refusal]);

/** Whether the row belongs to the tree and what undoes it, which are replaced as a whole. */
export function isStaged(key: TreeKey): boolean {
  return !key.startsWith(noInode) || stagedKinds.has(key.charAt(8));
}

const noName = '' as Name;

export const conflictKey = (parent: InodeId, wanted: Name, name: Name) =>
  globalKey(kinds.conflict, `${inodeToText(parent)}${wanted}/${name}`);
export const conflictsRange = () => rangeOf(globalKey(kinds.conflict));
export const conflictsRangeOf = (parent: InodeId, wanted: Name) =>
  rangeOf(conflictKey(parent, wanted, noName));

/** What a key of `conflictKey` says. */
export function conflictOfKey(key: TreeKey): { parent: InodeId; wanted: Name; name: Name } {
  const rest = restOfKey(key);
  const slash = rest.indexOf('/', 8);
  return {
    parent: inodeFromText(rest, 0),
    wanted: rest.slice(8, slash) as Name,
    name: rest.slice(slash + 1) as Name,
  };
}

/** All keys that begin so: from the first to before the last. */
export interface KeyRange {
  readonly start: TreeKey;
  readonly end: TreeKey;
}

export const devicesRange = rangeOf(globalKey(kinds.device));
export const waitingRange = rangeOf(globalKey(kinds.waiting));
export const parkedRange = rangeOf(globalKey(kinds.parked));
export const proposalRange = rangeOf(globalKey(kinds.proposal));
export const belatedRange = rangeOf(globalKey(kinds.belated));
export const renewedRange = rangeOf(globalKey(kinds.renewed));
export const batchRangeOf = (device: DeviceId) =>
  rangeOf(globalKey(kinds.batch, inodeToText(asInode(device))));
export const appliedRange = rangeOf(globalKey(kinds.applied));
export const seenRangeOf = (author: DeviceId) =>
  rangeOf(globalKey(kinds.seen, inodeToText(asInode(author))));

export function rangeOf(prefix: TreeKey): KeyRange {
  return { start: prefix, end: afterAll(prefix) };
}

/** The first key that is above all that begin so. A short one: the database copies the end of every range that is asked for. */
function afterAll(prefix: string): TreeKey {
  let length = prefix.length;
  while (prefix.charCodeAt(length - 1) === 0xff) length -= 1;
  const last = prefix.charCodeAt(length - 1);
  return (prefix.slice(0, length - 1) + String.fromCharCode(last + 1)) as TreeKey;
}

function asInode(number: number): InodeId {
  return number as InodeId;
}
