import { decodeBody } from '../codec/operation-codec.ts';
import type { Operation } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import { stampFromText } from '../stamp.ts';
import { decodeApplied, encodeApplied } from '../state/applied-record.ts';
import { Overlay } from '../state/overlay.ts';
import { TreeTransaction, undo } from '../state/tree-transaction.ts';
import type { CommittedTree } from '../tables/committed-tree.ts';
import { appliedKey } from '../tables/global-key.ts';
import type { Arrival } from './integrator.ts';
import type { Marks } from './marks.ts';
import type { Pace, Sliced } from './pace.ts';

interface Body {
  readonly stampText: string;
  readonly body: Buffer;
}

type Apply = (trace: TreeTransaction, operation: Operation) => Refusal | undefined;

/** Undone at once between two looks at the time. */
const undoneAtOnce = 64;

/**
 * Undoes what is younger than the oldest of some late operations and does it again after them, in an overlay: until that is committed,
 * requests see the tree as it was, whole. What is performed here meanwhile is younger than all of it and is done again at the end.
 */
export class Rebase {
  readonly #tree: CommittedTree;
  readonly #late: readonly Arrival[];
  readonly #apply: Apply;
  readonly overlay: Overlay;
  readonly refusals: { operation: Operation; refusal: Refusal }[] = [];
  undone = 0;
  #performedMeanwhile: Body[] = [];

  constructor(tree: CommittedTree, late: readonly Arrival[], apply: Apply) {
    this.#tree = tree;
    this.#late = late;
    this.#apply = apply;
    this.overlay = new Overlay(tree);
  }

  /** Before something performed here is committed: the overlay stays the tree without it. */
  keepBefore(performed: Overlay, body: Body): void {
    for (const key of performed.changes.keys()) this.overlay.keep(key);
    this.#performedMeanwhile.push(body);
  }

  /** `youngest` is the youngest applied operation. When this returns, the overlay can be committed. */
  *run(youngest: string, marks: Marks, pace: Pace): Sliced<void> {
    const [oldest] = this.#late;
    if (oldest === undefined) return;
    const undone = yield* this.#undoAfter(oldest.stampText, youngest, pace);
    const late = new Map(this.#late.map((arrival) => [arrival.stampText, arrival]));
    const all = [...undone, ...this.#late].sort((a, b) => (a.stampText < b.stampText ? -1 : 1));
    yield* this.#redo(all, late, marks, pace);
    yield* this.#dropUnchanged(pace);
    while (this.#performedMeanwhile.length > 0) {
      yield* this.#redo(this.#performedMeanwhile.splice(0), late, marks, pace);
    }
  }

  *#undoAfter(oldest: string, youngest: string, pace: Pace): Sliced<Body[]> {
    const bodies: Body[] = [];
    const start = appliedKey(oldest);
    const range = { start, end: `${appliedKey(youngest)}\0` as typeof start };
    for (;;) {
      const page = this.#tree.rows.last(range, undoneAtOnce);
      for (const { key, value } of page) {
        const { writes, body } = decodeApplied(value);
        undo(this.overlay, writes);
        bodies.push({ stampText: key.slice(-12), body });
      }
      this.undone += page.length;
      const end = page.at(-1);
      if (end === undefined || page.length < undoneAtOnce) return bodies;
      range.end = end.key;
      yield* pace.rest();
    }
  }

  *#redo(
    bodies: readonly Body[],
    late: ReadonlyMap<string, Arrival>,
    marks: Marks,
    pace: Pace,
  ): Sliced<void> {
    for (const { stampText, body } of bodies) {
      const operation =
        late.get(stampText)?.operation ?? decodeBody(body, stampFromText(stampText));
      const trace = new TreeTransaction(this.overlay, operation.stamp);
      const refusal = this.#apply(trace, operation);
      marks.note(stampText, trace);
      this.overlay.changes.set(appliedKey(stampText), encodeApplied(trace, refusal?.code, body));
      if (refusal && late.has(stampText)) this.refusals.push({ operation, refusal });
      yield* pace.rest();
    }
  }

  /** Most of what was undone comes back as it was: then there is nothing to write. */
  *#dropUnchanged(pace: Pace): Sliced<void> {
    for (const key of this.overlay.changes.keys()) {
      this.overlay.dropIfUnchanged(key);
      yield* pace.rest();
    }
  }
}
