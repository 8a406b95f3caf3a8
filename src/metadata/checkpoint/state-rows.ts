import type { DeviceId } from '../../identity/ids.ts';
import { treeRange } from '../check/canonical-tree.ts';
import { decodeApplied } from '../state/applied-record.ts';
import { isEntryKey, kindOfKey, rowKind, type TreeKey } from '../state/tree-key.ts';
import { stampToText } from '../stamp.ts';
import { appliedKey, appliedRange } from '../tables/global-key.ts';
import { cookieBytes } from '../tables/listing-row.ts';
import { mergeSort } from '../../util/merge-sort.ts';
import type { Row } from '../tables/rows.ts';
import type { Snapshot } from './snapshot.ts';

/** Rows that do not follow from others: those that operations read and write. */
export const stateKinds: ReadonlySet<string> = new Set([
  rowKind.node,
  rowKind.entry,
  rowKind.displaced,
  rowKind.xattr,
  rowKind.version,
  rowKind.change,
]);

/** Above every device. */
const noDevice = (2 ** 32 - 1) as DeviceId;

/** Every stamp up to the threshold, and none above it, is below this text. */
export function textAfter(threshold: number): string {
  return stampToText({ millis: threshold, counter: 65_535, device: noDevice });
}

/** What the rows held before the operations that are younger than the threshold wrote them. */
export interface Undone {
  readonly before: ReadonlyMap<TreeKey, Buffer | undefined>;
  /** In order. */
  readonly keys: readonly TreeKey[];
}

/** Holds a row for each that was written since. */
export function* undoneSince(snapshot: Snapshot, threshold: number): Generator<void, Undone> {
  const before = new Map<TreeKey, Buffer | undefined>();
  const keys: TreeKey[] = [];
  const range = { ...appliedRange, start: appliedKey(textAfter(threshold)) };
  for (const { value } of snapshot.rows(range)) {
    for (const [key, then] of decodeApplied(value).writes) {
      if (before.has(key) || !stateKinds.has(kindOfKey(key))) continue;
      before.set(key, then);
      keys.push(key);
    }
    yield;
  }
  return { before, keys: yield* mergeSort(keys) };
}

/**
 * The tree as it was after the last operation up to the threshold, in the order of the keys: the rows that do not follow from
 * others, without what is this machine's own, and of the changes of each directory only the youngest. Undefined for each row that is left
 * out, so that whoever takes them can rest however many these are.
 */
export function* stateRows(snapshot: Snapshot, undone: Undone): Generator<Row | undefined> {
  let change: Row | undefined;
  for (const row of merged(snapshot, undone)) {
    if (row === undefined) {
      yield undefined;
      continue;
    }
    if (change && !isSameDirectoryChange(change, row)) yield change;
    change = kindOfKey(row.key) === rowKind.change ? row : undefined;
    yield change ? undefined : row;
  }
  if (change) yield change;
}

function isSameDirectoryChange(change: Row, { key }: Row): boolean {
  return key.startsWith(change.key.slice(0, 9));
}

function* merged(snapshot: Snapshot, undone: Undone): Generator<Row | undefined> {
  const changed = undone.keys;
  let next = 0;
  for (const { key, value } of snapshot.rows(treeRange)) {
    for (; (changed[next] ?? key) < key; next += 1) yield asBefore(changed[next], undone);
    if (changed[next] === key) {
      yield asBefore(key, undone);
      next += 1;
    } else if (stateKinds.has(kindOfKey(key))) {
      yield { key, value: isEntryKey(key) ? value.subarray(cookieBytes) : value };
    } else yield undefined;
  }
  for (; next < changed.length; next += 1) yield asBefore(changed[next], undone);
}

function asBefore(key: TreeKey | undefined, undone: Undone): Row | undefined {
  const value = key === undefined ? undefined : undone.before.get(key);
  return key !== undefined && value !== undefined ? { key, value } : undefined;
}
