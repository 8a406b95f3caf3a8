import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Place } from '../replica.ts';
import { decodeEntry, type EntryRecord, inodeFromBytes } from './entry-record.ts';
import type { Overlay, TreeReader } from './overlay.ts';
import { decodeTotals, encodeTotals, type Totals } from './totals.ts';
import {
  inodeOfKey,
  inodeToText,
  nameKey,
  placeKey,
  restOfKey,
  totalsKey,
  type TreeKey,
} from './tree-key.ts';

// What follows from the entries alone: who leads to a node, how many do, and where a directory is.

/** Changes what follows from the entry `key` when it goes from `before` to `after`. */
export function followEntry(
  tree: Overlay,
  key: TreeKey,
  before: Buffer | undefined,
  after: Buffer | undefined,
): void {
  const place: Place = { parent: inodeOfKey(key), name: restOfKey(key) as Name };
  const gone = before && decodeEntry(before);
  const come = after && decodeEntry(after);
  if (gone?.inode === come?.inode) return;
  if (gone) leave(tree, place, gone);
  if (come) arrive(tree, place, come);
}

export function placeOf(tree: TreeReader, directory: InodeId): Place | undefined {
  const bytes = tree.get(placeKey(directory));
  return bytes && { parent: inodeFromBytes(bytes, 0), name: bytes.toString('latin1', 8) as Name };
}

export function totalsOf(tree: TreeReader, inode: InodeId): Totals {
  return decodeTotals(tree.get(totalsKey(inode)));
}

function leave(tree: Overlay, place: Place, entry: EntryRecord): void {
  count(tree, place.parent, entry, -1);
  if (entry.type !== 'directory') {
    return tree.set(nameKey(entry.inode, place.parent, place.name), undefined);
  }
  // While two names change places, or an undo restores them in any order, the directory may already be elsewhere.
  const current = placeOf(tree, entry.inode);
  if (current?.parent === place.parent && current.name === place.name) {
    tree.set(placeKey(entry.inode), undefined);
  }
}

function arrive(tree: Overlay, place: Place, entry: EntryRecord): void {
  count(tree, place.parent, entry, 1);
  if (entry.type !== 'directory') {
    return tree.set(nameKey(entry.inode, place.parent, place.name), Buffer.alloc(0));
  }
  tree.set(placeKey(entry.inode), Buffer.from(inodeToText(place.parent) + place.name, 'latin1'));
}

function count(tree: Overlay, parent: InodeId, entry: EntryRecord, by: 1 | -1): void {
  const child = totalsOf(tree, entry.inode);
  tree.set(totalsKey(entry.inode), encodeTotals({ ...child, names: child.names + by }));
  const directory = totalsOf(tree, parent);
  const subdirectories = directory.subdirectories + (entry.type === 'directory' ? by : 0);
  const totals = { ...directory, entries: directory.entries + by, subdirectories };
  tree.set(totalsKey(parent), encodeTotals(totals));
}
