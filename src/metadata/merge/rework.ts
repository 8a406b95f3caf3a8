import { decodeBody } from '../codec/operation-codec.ts';
import type { Operation } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import { stampFromText } from '../stamp.ts';
import { type AppliedRecord, decodeApplied, encodeApplied } from '../state/applied-record.ts';
import { Overlay } from '../state/overlay.ts';
import { TreeTransaction, undo } from '../state/tree-transaction.ts';
import { appliedKey } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import type { Replacement } from '../tables/replacement.ts';
import type { Arrival } from './arrivals.ts';
import type { MergeLimits } from './limits.ts';
import type { OwnRefusals } from './own-refusals.ts';
import type { Pace, Sliced } from './pace.ts';
import type { Rank, YoungerOperations } from './younger-operations.ts';

/** What was performed meanwhile is added so many at a time, so that whoever performs more and more does not put off the end for ever. */
const addedAtOnce = 32;

export interface ReworkOptions {
  /** Of the tree that is served, with what is stored of all that was applied. */
  readonly rows: Rows;
  readonly replacement: Replacement;
  readonly younger: YoungerOperations;
  readonly limits: MergeLimits;
  /** The oldest arrival that is younger than `after`. */
  readonly nextArrival: (after: string) => Arrival | undefined;
  readonly takeArrival: (arrival: Arrival) => void;
  readonly apply: (trace: TreeTransaction, operation: Operation) => Refusal | undefined;
  readonly refused: (operation: Operation, refusal: Refusal) => void;
  readonly refusals: OwnRefusals;
  /** An operation was undone. */
  readonly undone: () => void;
}

/**
 * Brings in late operations that collide with younger ones: undoes these and what depends on them, nothing else, and does all of it in
 * the order of the stamps, each at its place. All of that happens to a tree that is to take the place of the one that is served.
 *
 * At every moment that tree is what the operations in it make of it in their order: one is added only when none of those younger
 * that are in it would have seen or done anything else after it, nor it before them; and one is taken out only after all that used
 * what it wrote. What is performed here meanwhile is not in it; it is the youngest, and added last.
 */
export class Rework {
  readonly #options: ReworkOptions;
  readonly overlay: Overlay;

  constructor(options: ReworkOptions) {
    this.#options = options;
    this.overlay = new Overlay(options.replacement.tree);
  }

  /**
   * Takes arrivals younger than `position` until all that was undone is done again. Then the overlay over the replacement is the new
   * tree, as long as nobody else runs. The position up to which arrivals were taken.
   */
  *run(position: string, pace: Pace): Sliced<string> {
    const { younger, nextArrival } = this.#options;
    const performedFrom = younger.count;
    let last = position;
    for (let isFirst = true; ; isFirst = false) {
      const rank = younger.nextUndone();
      const isUndone = rank !== undefined && rank < performedFrom;
      if (!isUndone && !isFirst) break;
      const arrival = nextArrival(last);
      const stampText = isUndone ? younger.stampOf(rank) : undefined;
      if (arrival && (stampText === undefined || arrival.stampText < stampText)) {
        yield* this.#bringArrival(arrival, pace);
        last = arrival.stampText;
      } else if (isUndone) {
        yield* this.#bringBack(rank, pace);
        younger.markOver(rank);
        last = younger.stampOf(rank);
      }
      yield* this.#makeRoom(pace);
    }
    yield* this.#addPerformed(pace);
    return last;
  }

  /** Nobody else runs between the last look and the end. */
  *#addPerformed(pace: Pace): Sliced<void> {
    const { younger } = this.#options;
    for (let added = 1; ; added += 1) {
      const rank = younger.nextUndone();
      if (rank === undefined) return;
      const trace = yield* this.#bringBack(rank, pace);
      younger.markStanding(rank, trace);
      if (added % addedAtOnce === 0) yield* this.#makeRoom(pace);
    }
  }

  *#bringArrival(arrival: Arrival, pace: Pace): Sliced<void> {
    const { operation, stampText, body } = arrival;
    const { refusal } = yield* this.#bring(operation, stampText, body, pace);
    this.#options.refusals.note(this.overlay, operation, body, refusal, false);
    this.#options.takeArrival(arrival);
    if (refusal) this.#options.refused(operation, refusal);
  }

  *#bringBack(rank: Rank, pace: Pace): Sliced<TreeTransaction> {
    const stampText = this.#options.younger.stampOf(rank);
    const { body, refused } = this.#recordOf(rank);
    const operation = decodeBody(body, stampFromText(stampText));
    const { trace, refusal } = yield* this.#bring(operation, stampText, body, pace);
    this.#options.refusals.note(this.overlay, operation, body, refusal, refused !== undefined);
    return trace;
  }

  *#bring(
    operation: Operation,
    stampText: string,
    body: Buffer,
    pace: Pace,
  ): Sliced<{ trace: TreeTransaction; refusal: Refusal | undefined }> {
    const { younger, apply } = this.#options;
    for (;;) {
      const trace = new TreeTransaction(this.overlay, operation.stamp);
      const refusal = apply(trace, operation);
      if (!younger.markColliding(stampText, trace)) {
        this.overlay.changes.set(appliedKey(stampText), encodeApplied(trace, refusal?.code, body));
        return { trace, refusal };
      }
      // On another tree it may do something else, and collide with others.
      trace.rollBack();
      yield* this.#undo(pace);
    }
  }

  /** Undoes what was marked and what depends on it, the youngest first. */
  *#undo(pace: Pace): Sliced<void> {
    const { younger, undone } = this.#options;
    for (let rank = younger.leavingFrom(0); rank !== undefined;) {
      younger.markDepending(rank, this.#recordOf(rank));
      yield* pace.rest();
      rank = younger.leavingFrom(rank + 1);
    }
    for (let rank = younger.lastLeaving(); rank !== undefined; rank = younger.lastLeaving()) {
      undo(this.overlay, this.#recordOf(rank).writes);
      younger.markUndone(rank);
      undone();
      yield* this.#makeRoom(pace);
    }
  }

  *#makeRoom(pace: Pace): Sliced<void> {
    if (this.overlay.changes.size < this.#options.limits.rowsAtOnce) {
      yield* pace.rest();
      return;
    }
    yield;
    this.#options.replacement.take(this.overlay);
    yield;
    pace.restart();
  }

  #recordOf(rank: Rank): AppliedRecord {
    const { rows, younger } = this.#options;
    const bytes = rows.get(appliedKey(younger.stampOf(rank)));
    if (!bytes) throw new Error('nothing is stored of an applied operation');
    return decodeApplied(bytes);
  }
}
