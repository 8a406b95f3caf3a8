import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import { decodeBody, encodeBody } from '../codec/operation-codec.ts';
import type { Operation } from '../operation.ts';
import { applyOperation } from '../operations/apply.ts';
import type { Author, Flavour } from '../operations/operation-kind.ts';
import type { Refusal } from '../replica.ts';
import { stampToText } from '../stamp.ts';
import { encodeApplied } from '../state/applied-record.ts';
import { Overlay } from '../state/overlay.ts';
import type { TreeKey } from '../state/tree-key.ts';
import { TreeTransaction } from '../state/tree-transaction.ts';
import { appliedKey, appliedRange } from '../tables/global-key.ts';
import type { ReplaceableTree, Replacement } from '../tables/replacement.ts';
import type { TreeChange } from '../tree-change.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import type { MergeLimits } from './limits.ts';
import type { OwnRefusals } from './own-refusals.ts';
import { Pace, type Sliced } from './pace.ts';
import { redoAfter, type Reseat } from './reseat.ts';
import { Rework } from './rework.ts';
import { youngerThan } from './scan-younger.ts';
import { ServedTree } from './served-tree.ts';
import { type MergeProgress, noStatistics } from './statistics.ts';
import { YoungerOperations } from './younger-operations.ts';

export interface IntegratorOptions extends ReplaceableTree {
  readonly flavour: Flavour;
  readonly clock: Clock;
  readonly limits: MergeLimits;
  /** Of a device whose log is known. */
  readonly authorOf: (device: DeviceId) => Author;
  readonly refusals: OwnRefusals;
  /** After the changes became visible. */
  readonly changed: (changes: readonly TreeChange[], origin: 'local' | 'merge') => void;
  readonly refused: (operation: Operation, refusal: Refusal) => void;
}

/** An operation that changed this machine's tree at once, with the bytes that go into the log. */
export interface Performed {
  readonly body: Buffer;
}

/** A row that is not part of the tree. */
export interface Note {
  readonly key: TreeKey;
  readonly value: Buffer;
}

/** Brings operations into the tree, each at its place in the order, in whatever order they come. */
export class Integrator {
  readonly #options: IntegratorOptions;
  readonly #served: ServedTree;
  readonly statistics = noStatistics();
  /** The stamp of the youngest applied operation, as text. */
  #youngest: string;
  /** What is younger than what is being brought in; also takes note of what is performed here meanwhile. */
  #younger: YoungerOperations | undefined;
  /** What is performed here is not in the tree that is being prepared. */
  #isReworking = false;
  #arrivals: Arrivals | undefined;
  #merge = { merged: 0, undoneBefore: 0, sinceMs: 0 };

  constructor(options: IntegratorOptions) {
    this.#options = options;
    this.#served = new ServedTree(options);
    const [last] = options.tree.rows.last(appliedRange, 1);
    this.#youngest = last ? last.key.slice(-12) : '';
  }

  /** The youngest applied operation's stamp as text; empty when there is none. */
  get youngest(): string {
    return this.#youngest;
  }

  isApplied(stampText: string): boolean {
    return this.#options.tree.rows.peek(appliedKey(stampText)) !== undefined;
  }

  /** Undefined when nothing is being brought in. */
  get progress(): MergeProgress | undefined {
    if (!this.#arrivals) return undefined;
    const { merged, undoneBefore, sinceMs } = this.#merge;
    const undone = this.statistics.undone - undoneBefore;
    return { merged, total: merged + this.#arrivals.left, undone, sinceMs };
  }

  /**
   * Does an operation of this machine, which must be the youngest of all. `note` is stored with it. With `unseenPossible` its author
   * may not have seen all that is here.
   */
  perform(operation: Operation, note?: Note, unseenPossible = false): Refusal | Performed {
    const overlay = new Overlay(this.#options.tree);
    const trace = new TreeTransaction(overlay, operation.stamp);
    const refusal = this.#apply(trace, operation, unseenPossible);
    if (refusal) return refusal;
    const stampText = stampToText(operation.stamp);
    const body = encodeBody(operation.acting, operation.fields);
    // What peers would refuse as malformed must not get into the log: none of them would take anything after it.
    decodeBody(body, operation.stamp);
    this.#served.tellAhead(overlay);
    overlay.changes.set(appliedKey(stampText), encodeApplied(trace, undefined, body));
    if (note) overlay.changes.set(note.key, note.value);
    const changes = this.#served.commit(overlay);
    if (this.#isReworking) this.#younger?.noteUndone(stampText);
    else this.#younger?.note(stampText, trace);
    this.#youngest = stampText;
    this.statistics.local += 1;
    this.#options.changed(changes, 'local');
    return { body };
  }

  /**
   * Brings in all arrivals, those also that come while it does; how many there were. Those known already are ignored. One call at a
   * time; between its slices other things may be performed here.
   */
  *integrate(arrivals: Arrivals): Sliced<number> {
    const { clock } = this.#options;
    const pace = new Pace(clock);
    this.#merge = { merged: 0, undoneBefore: this.statistics.undone, sinceMs: clock.nowMs() };
    this.#arrivals = arrivals;
    try {
      yield* this.#served.moveAll(pace);
      for (let next = this.#next(''); next; next = this.#next('')) {
        yield* this.#sweep(next.stampText, pace);
      }
      while (arrivals.settle()) yield;
      return this.#merge.merged;
    } finally {
      arrivals.rewind();
      this.#arrivals = undefined;
    }
  }

  /** The tree as it is now, for somebody who looks at it while it changes, and then abandons it. Nothing may be merged meanwhile. */
  *keepTree(pace: Pace): Sliced<Replacement> {
    yield* this.#served.moveAll(pace);
    return this.#served.prepareNext();
  }

  /** The oldest arrival younger than `after` that is not in the tree. */
  #next(after: string): Arrival | undefined {
    for (;;) {
      const arrival = this.#arrivals?.next(after);
      if (!arrival) return undefined;
      const { stampText } = arrival;
      if (stampText > this.#youngest || !this.isApplied(stampText)) return arrival;
      this.#arrivals?.take(arrival);
    }
  }

  /** Goes through the arrivals once, from the oldest to the youngest. */
  *#sweep(oldest: string, pace: Pace): Sliced<void> {
    const { tree, limits } = this.#options;
    const younger =
      oldest < this.#youngest
        ? yield* youngerThan(oldest, tree.rows, limits, pace)
        : new YoungerOperations(limits);
    this.#younger = younger;
    try {
      for (let position = ''; this.#next(position);) {
        const placed = this.#placeSlice(position, younger);
        position = placed.position;
        if (!placed.collided && !this.#next(position)) return;
        yield;
        pace.restart();
        if (placed.collided) position = yield* this.#rework(position, younger, pace);
      }
    } finally {
      this.#younger = undefined;
    }
  }

  /** Applies in place as long as that is right and others need not run. */
  #placeSlice(from: string, younger: YoungerOperations): { position: string; collided: boolean } {
    const { clock, tree, limits } = this.#options;
    const pace = new Pace(clock);
    const overlay = new Overlay(tree);
    let position = from;
    let collided = false;
    while (overlay.changes.size < limits.rowsAtOnce) {
      const arrival = this.#next(position);
      if (!arrival) break;
      if (pace.due() && position !== from) break;
      collided = !this.#place(overlay, arrival, younger);
      if (collided) break;
      position = arrival.stampText;
    }
    this.#served.merge(overlay);
    if (position > this.#youngest) this.#youngest = position;
    this.#arrivals?.settle();
    return { position, collided };
  }

  #place(overlay: Overlay, arrival: Arrival, younger: YoungerOperations): boolean {
    const { stampText, operation, body } = arrival;
    const trace = new TreeTransaction(overlay, operation.stamp);
    const refusal = this.#apply(trace, operation, true);
    if (younger.collide(stampText, trace)) {
      trace.rollBack();
      return false;
    }
    overlay.changes.set(appliedKey(stampText), encodeApplied(trace, refusal?.code, body));
    this.#options.refusals.note(overlay, operation, body, refusal, false);
    this.#take(arrival);
    this.statistics.inPlace += 1;
    if (stampText < this.#youngest) this.statistics.late += 1;
    if (refusal) this.#refused(operation, refusal);
    return true;
  }

  /** Brings in what collides, with what it collides with undone and done again. The position up to which arrivals were taken. */
  *#rework(from: string, younger: YoungerOperations, pace: Pace): Sliced<string> {
    const replacement = this.#served.prepareNext();
    const rework = this.#reworkOn(replacement, younger);
    this.#isReworking = true;
    let position: string;
    try {
      position = yield* rework.run(from, pace);
      if (this.#served.replace(replacement, rework.overlay)) this.statistics.replaced += 1;
    } finally {
      this.#isReworking = false;
      this.#served.abandon(replacement);
    }
    this.statistics.merges += 1;
    if (position > this.#youngest) this.#youngest = position;
    yield* this.#served.moveAll(pace);
    this.#arrivals?.settle();
    return position;
  }

  #reworkOn(replacement: Replacement, younger: YoungerOperations): Rework {
    return new Rework({
      rows: this.#options.tree.rows,
      replacement,
      younger,
      limits: this.#options.limits,
      nextArrival: (after) => this.#next(after),
      takeArrival: (arrival) => {
        this.#take(arrival);
        this.statistics.reworked += 1;
      },
      apply: (trace, operation) => this.#apply(trace, operation, true),
      refusals: this.#options.refusals,
      refused: (operation, refusal) => this.#refused(operation, refusal),
      undone: () => {
        this.statistics.undone += 1;
      },
    });
  }

  /** Gives the tree another beginning, with everything younger done again. One call at a time, as with `integrate`. */
  *reseat({ prepare, after, atSwitch, afterSwitch }: Reseat): Sliced<void> {
    const { tree, clock, refusals } = this.#options;
    const pace = new Pace(clock);
    yield* this.#served.moveAll(pace);
    const replacement = this.#served.prepareNext();
    try {
      yield* prepare(replacement);
      const apply = (trace: TreeTransaction, operation: Operation) =>
        this.#apply(trace, operation, true);
      yield* redoAfter(after, tree.rows, replacement, { apply, refusals }, pace);
      tree.rows.transaction(() => {
        atSwitch({
          tree: replacement.tree,
          perform: (operation) => this.#performIn(replacement, operation),
        });
        replacement.serve();
      });
      this.#served.isServed(replacement);
      afterSwitch();
    } finally {
      this.#served.abandon(replacement);
    }
    yield* this.#served.moveAll(pace);
  }

  /** As `perform`, in a tree that is about to be served. */
  #performIn(replacement: Replacement, operation: Operation): Refusal | Performed {
    const overlay = new Overlay(replacement.tree);
    const trace = new TreeTransaction(overlay, operation.stamp);
    const refusal = this.#apply(trace, operation, true);
    if (refusal) return refusal;
    const stampText = stampToText(operation.stamp);
    const body = encodeBody(operation.acting, operation.fields);
    overlay.changes.set(appliedKey(stampText), encodeApplied(trace, undefined, body));
    replacement.take(overlay);
    this.#youngest = stampText;
    this.statistics.local += 1;
    return { body };
  }

  #take(arrival: Arrival): void {
    this.#arrivals?.take(arrival);
    this.#merge.merged += 1;
  }

  #apply(
    trace: TreeTransaction,
    operation: Operation,
    unseenPossible: boolean,
  ): Refusal | undefined {
    return applyOperation(trace, operation, this.#options, unseenPossible);
  }

  #refused(operation: Operation, refusal: Refusal): void {
    this.statistics.refused += 1;
    this.#options.refused(operation, refusal);
  }
}
