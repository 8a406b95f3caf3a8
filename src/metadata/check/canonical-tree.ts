import type { Overlay } from '../state/overlay.ts';
import { isEntryKey, kindOfKey, rowKind, type TreeKey } from '../state/tree-key.ts';
import type { KeyRange } from '../tables/global-key.ts';
import { cookieBytes } from '../tables/listing-row.ts';
import type { Row, Rows } from '../tables/rows.ts';

/** Rows that are equal on all peers that know the same operations. */
const sharedKinds: ReadonlySet<string> = new Set([
  rowKind.node,
  rowKind.entry,
  rowKind.displaced,
  rowKind.xattr,
  rowKind.version,
  rowKind.change,
  rowKind.name,
  rowKind.place,
  rowKind.totals,
]);

/** All rows of inodes; those of inode 0 are the replica's own. */
export const treeRange: KeyRange = {
  start: '\0\0\0\0\0\0\0\x01' as TreeKey,
  end: '\xff'.repeat(8) as TreeKey,
};

function isShared(key: TreeKey): boolean {
  return sharedKinds.has(kindOfKey(key));
}

/** Every row of the tree, this machine's own among them, as stored. */
export function treeRows(rows: Rows): Generator<Row> {
  return rows.all(treeRange);
}

/** The tree as all peers have it, in the order of the keys. */
export function canonicalTree(rows: Rows): Generator<Row> {
  return sharedRows(treeRows(rows), cookieBytes);
}

/** The same of a tree in memory. */
export function canonicalOverlay(tree: Overlay): Generator<Row> {
  const rows = [...tree.changes].flatMap(([key, value]) => (value ? { key, value } : []));
  return sharedRows(
    rows.sort((a, b) => (a.key < b.key ? -1 : 1)),
    0,
  );
}

/**
 * Of the changes of a directory only the youngest counts: those before it are kept as long as it may be undone, which is not on all
 * peers for equally long.
 */
function* sharedRows(rows: Iterable<Row>, ownBytes: number): Generator<Row> {
  let change: Row | undefined;
  for (const { key, value } of rows) {
    if (!isShared(key)) continue;
    if (change && !key.startsWith(change.key.slice(0, 9))) yield change;
    change = kindOfKey(key) === rowKind.change ? { key, value } : undefined;
    if (!change) yield { key, value: isEntryKey(key) ? value.subarray(ownBytes) : value };
  }
  if (change) yield change;
}
