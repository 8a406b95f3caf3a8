import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Node } from '../node.ts';
import type { Place } from '../replica.ts';
import { decodeEntry, inodeFromBytes } from '../state/entry-record.ts';
import type { Overlay } from '../state/overlay.ts';
import {
  changeKey,
  inodeOfKey,
  inodeToText,
  kindOfKey,
  listingKey,
  restOfKey,
  rowKind,
  type TreeKey,
  youngestChangeKey,
} from '../state/tree-key.ts';
import type { TreeChange } from '../tree-change.ts';
import type { CommittedTree } from './committed-tree.ts';
import type { Counters, TreeCounters } from './counters.ts';
import { conflictKey, rangeOf } from './global-key.ts';
import { cookieBytes, cookieOf, listingValue, withCookie } from './listing-row.ts';

/** Kinds of rows that are part of what a node shows. */
export const visibleKinds: ReadonlySet<string> = new Set([
  rowKind.node,
  rowKind.totals,
  rowKind.change,
  rowKind.xattr,
]);

const nothing = Buffer.alloc(0);

/** Makes what an overlay holds the tree that requests see, in one transaction; what became different is the result. */
export function commitOverlay(
  tree: CommittedTree,
  counters: Counters,
  overlay: Overlay,
): TreeChange[] {
  if (overlay.changes.size === 0) return [];
  const nodesBefore = nodesShown(tree, overlay);
  const changes: TreeChange[] = [];
  try {
    tree.rows.transaction(() => writeChanges(tree, counters, overlay, changes));
  } catch (error) {
    // Nothing was written; what was counted and remembered on the way is not so.
    counters.load();
    tree.forgetAll();
    throw error;
  }
  for (const inode of nodesBefore.keys()) tree.forgetNode(inode);
  for (const [inode, before] of nodesBefore) {
    const after = tree.node(inode);
    if (after) changes.push({ kind: 'node', before: before ?? null, after });
  }
  return changes;
}

/** Writes what an overlay holds into a tree that nobody sees yet. Belongs into a transaction. */
export function stageOverlay(tree: CommittedTree, counters: TreeCounters, overlay: Overlay): void {
  writeChanges(tree, counters, overlay, []);
}

function writeChanges(
  tree: CommittedTree,
  counters: TreeCounters,
  overlay: Overlay,
  changes: TreeChange[],
): void {
  const changesByDirectory = new Map<InodeId, StampsChanged>();
  for (const [key, value] of overlay.changes) {
    const kind = kindOfKey(key);
    if (kind === rowKind.entry) writeEntry(tree, counters, key, value, changes);
    else if (kind === rowKind.totals) writeTotals(tree, counters, key, value);
    else writeRow(tree, key, value);
    if (kind === rowKind.change) noteChange(changesByDirectory, key, value);
  }
  for (const [directory, stamps] of changesByDirectory) {
    writeYoungestChange(tree, directory, stamps);
  }
  counters.save();
}

function nodesShown(tree: CommittedTree, overlay: Overlay): Map<InodeId, Node | undefined> {
  const nodes = new Map<InodeId, Node | undefined>();
  for (const key of overlay.changes.keys()) {
    if (!visibleKinds.has(kindOfKey(key))) continue;
    const inode = inodeOfKey(key);
    if (!nodes.has(inode)) nodes.set(inode, tree.node(inode));
  }
  return nodes;
}

function writeRow(tree: CommittedTree, key: TreeKey, value: Buffer | null): void {
  if (value) tree.rows.put(key, value);
  else tree.rows.remove(key);
}

function writeTotals(
  tree: CommittedTree,
  counters: TreeCounters,
  key: TreeKey,
  value: Buffer | null,
): void {
  const existed = tree.rows.peek(key) !== undefined;
  counters.inodes += Number(value !== null) - Number(existed);
  writeRow(tree, key, value);
}

/** The cookie stays as long as there is something under the name, so that a listing goes on where it was. */
function writeEntry(
  tree: CommittedTree,
  counters: TreeCounters,
  key: TreeKey,
  value: Buffer | null,
  changes: TreeChange[],
): void {
  const stored = tree.rows.get(key);
  if (!stored && !value) return;
  const parent = inodeOfKey(key);
  const name = restOfKey(key) as Name;
  // What was undone and is done again is, for those who list, the same entry throughout.
  const listedBefore = stored ?? tree.rows.beneath(key);
  const cookie = listedBefore ? cookieOf(listedBefore) : counters.newCookie();
  const listed = listingKey(parent, cookie);
  writeRow(tree, listed, value && listingValue(value, name));
  writeRow(tree, key, value && withCookie(cookie, value));
  counters.entries += Number(value !== null) - Number(stored !== undefined);
  tree.forgetEntry(key);
  const before = stored ? inodeFromBytes(stored, cookieBytes) : null;
  const after = value && inodeFromBytes(value, 0);
  followConflict(tree, { parent, name }, stored, value);
  if (before !== after) changes.push({ kind: 'entry', parent, name, before, after });
}

/** Keeps the index of what stands beside the name that it wanted. */
function followConflict(
  tree: CommittedTree,
  { parent, name }: Place,
  stored: Buffer | undefined,
  value: Buffer | null,
): void {
  const before = stored ? decodeEntry(stored.subarray(cookieBytes)).wanted : '';
  const after = value ? decodeEntry(value).wanted : '';
  if (before === after) return;
  if (before !== '') tree.rows.remove(conflictKey(parent, before, name));
  if (after !== '') tree.rows.put(conflictKey(parent, after, name), nothing);
}

/** Usually the youngest is among those just written; only when it was undone must it be looked for. */
function writeYoungestChange(
  tree: CommittedTree,
  directory: InodeId,
  { written, removed }: StampsChanged,
): void {
  const key = youngestChangeKey(directory);
  const known = tree.rows.get(key)?.toString('latin1') ?? '';
  if (written > known) tree.rows.put(key, Buffer.from(written, 'latin1'));
  else if (removed.has(known)) writeRow(tree, key, youngestBefore(tree, directory, known));
}

/** Looks from there, not from the end, where as many rows may be staged to be gone as operations were undone. */
function youngestBefore(tree: CommittedTree, directory: InodeId, known: string): Buffer | null {
  const { start } = rangeOf((inodeToText(directory) + rowKind.change) as TreeKey);
  const [youngest] = tree.rows.last({ start, end: changeKey(directory, known) }, 1);
  return youngest ? Buffer.from(restOfKey(youngest.key), 'latin1') : null;
}

/** Stamps as text of the rows that tell when a directory changed. */
interface StampsChanged {
  /** The youngest that was written; empty if none. */
  written: string;
  readonly removed: Set<string>;
}

function noteChange(
  changesByDirectory: Map<InodeId, StampsChanged>,
  key: TreeKey,
  value: Buffer | null,
): void {
  const directory = inodeOfKey(key);
  const noted = changesByDirectory.get(directory) ?? { written: '', removed: new Set() };
  changesByDirectory.set(directory, noted);
  const stampText = restOfKey(key);
  if (value === null) noted.removed.add(stampText);
  else if (stampText > noted.written) noted.written = stampText;
}
