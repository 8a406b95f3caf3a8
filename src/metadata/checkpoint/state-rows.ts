import type { DeviceId } from '../../identity/ids.ts';
import { treeRange } from '../check/canonical-tree.ts';
import { decodeApplied } from '../state/applied-record.ts';
import { isEntryKey, kindOfKey, rowKind, type TreeKey } from '../state/tree-key.ts';
import { stampToText } from '../stamp.ts';
import { appliedKey, appliedRange } from '../tables/global-key.ts';
import { cookieBytes } from '../tables/listing-row.ts';
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
export type Undone = ReadonlyMap<TreeKey, Buffer | undefined>;

/** Holds a row for each that was written since. */
export function* undoneSince(snapshot: Snapshot, threshold: number): Generator<void, Undone> {
  const undone = new Map<TreeKey, Buffer | undefined>();
  const range = { ...appliedRange, start: appliedKey(textAfter(threshold)) };
  for (const { value } of snapshot.rows(range)) {
    for (const [key, before] of decodeApplied(value).writes) {
      if (!undone.has(key) && stateKinds.has(kindOfKey(key))) undone.set(key, before);
    }
    yield;
  }
  return undone;
}

/**
 * The tree as it was after the last operation up to the threshold, in the order of the keys: the rows that do not follow from
 * others, without what is this machine's own, and of the changes of each directory only the youngest.
 */
export function* stateRows(snapshot: Snapshot, undone: Undone): Generator<Row> {
  let change: Row | undefined;
  for (const row of merged(snapshot, undone)) {
    if (change && !isSameDirectoryChange(change, row)) yield change;
    change = kindOfKey(row.key) === rowKind.change ? row : undefined;
    if (!change) yield row;
  }
  if (change) yield change;
}

function isSameDirectoryChange(change: Row, { key }: Row): boolean {
  return key.startsWith(change.key.slice(0, 9));
}

function* merged(snapshot: Snapshot, undone: Undone): Generator<Row> {
  const changed = [...undone.keys()].sort();
  let next = 0;
  for (const { key, value } of snapshot.rows(treeRange)) {
    for (; (changed[next] ?? key) < key; next += 1) yield* asBefore(changed[next], undone);
    if (changed[next] === key) {
      yield* asBefore(key, undone);
      next += 1;
    } else if (stateKinds.has(kindOfKey(key))) {
      yield { key, value: isEntryKey(key) ? value.subarray(cookieBytes) : value };
    }
  }
  for (; next < changed.length; next += 1) yield* asBefore(changed[next], undone);
}

function* asBefore(key: TreeKey | undefined, undone: Undone): Generator<Row> {
  const value = key === undefined ? undefined : undone.get(key);
  if (key !== undefined && value !== undefined) yield { key, value };
}
