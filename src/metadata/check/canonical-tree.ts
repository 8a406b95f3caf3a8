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

export function isShared(key: TreeKey): boolean {
  return sharedKinds.has(kindOfKey(key));
}

/** Every row of the tree, this machine's own among them, as stored. */
export function treeRows(rows: Rows): Generator<Row> {
  return rows.all(treeRange);
}

/** The tree as all peers have it, in the order of the keys. */
export function* canonicalTree(rows: Rows): Generator<Row> {
  for (const { key, value } of treeRows(rows)) {
    if (!isShared(key)) continue;
    yield { key, value: isEntryKey(key) ? value.subarray(cookieBytes) : value };
  }
}
