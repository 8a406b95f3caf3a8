import { treeRange } from '../check/canonical-tree.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import { Overlay } from '../state/overlay.ts';
import { isEntryKey, kindOfKey } from '../state/tree-key.ts';
import { cookieBytes } from '../tables/listing-row.ts';
import type { Replacement } from '../tables/replacement.ts';
import type { Row, Rows } from '../tables/rows.ts';
import { stateKinds } from './state-rows.ts';

/** Rows that are taken out of memory at once. */
const takenAtOnce = 512;

/** Makes the replacement the tree of these rows, which come in the order of their keys: what is so already is left alone. */
export function* layRows(replacement: Replacement, rows: Iterator<Row>, pace: Pace): Sliced<void> {
  const overlay = new Overlay(replacement.tree);
  let target = next(rows);
  const put = ({ key, value }: Row) => overlay.set(key, value);
  for (const present of stateOf(replacement.tree.rows)) {
    for (; target && target.key < present.key; target = next(rows)) {
      put(target);
      if (overlay.changes.size >= takenAtOnce) replacement.take(overlay);
      yield* pace.rest();
    }
    if (target?.key === present.key) {
      if (!target.value.equals(present.value)) put(target);
      target = next(rows);
    } else overlay.set(present.key, undefined);
    if (overlay.changes.size >= takenAtOnce) replacement.take(overlay);
    yield* pace.rest();
  }
  for (; target; target = next(rows)) {
    put(target);
    if (overlay.changes.size >= takenAtOnce) replacement.take(overlay);
    yield* pace.rest();
  }
  replacement.take(overlay);
}

/** Rows that do not follow from others, without what is this machine's own. */
export function* stateOf(rows: Rows): Generator<Row> {
  for (const { key, value } of rows.all(treeRange)) {
    if (!stateKinds.has(kindOfKey(key))) continue;
    yield { key, value: isEntryKey(key) ? value.subarray(cookieBytes, value.length) : value };
  }
}

function next(rows: Iterator<Row>): Row | undefined {
  const step = rows.next();
  return step.done ? undefined : step.value;
}
