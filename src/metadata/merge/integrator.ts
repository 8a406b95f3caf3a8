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
import { commitOverlay } from '../tables/commit.ts';
import { appliedKey, appliedRange } from '../tables/global-key.ts';
import { type ReplaceableTree, Replacement } from '../tables/replacement.ts';
import type { TreeChange } from '../tree-change.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import type { MergeLimits } from './limits.ts';
import { Pace, type Sliced } from './pace.ts';
import { redoAfter, type Reseat } from './reseat.ts';
import { Rework } from './rework.ts';
import { type MergeProgress, noStatistics } from './statistics.ts';
import { YoungerOperations } from './younger-operations.ts';

export interface IntegratorOptions extends ReplaceableTree {
  readonly flavour: Flavour;
  readonly clock: Clock;
  readonly limits: MergeLimits;
  /** Of a device whose log is known. */
  readonly authorOf: (device: DeviceId) => Author;
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

/** Rows of `applied` read at once while looking for what is younger. */
const scannedAtOnce = 128;

/** Brings operations into the tree, each at its place in the order, in whatever order they come. */
export class Integrator {
  readonly #options: IntegratorOptions;
  readonly statistics = noStatistics();
  /** The stamp of the youngest applied operation, as text. */
  #youngest: string;
  /** What is younger than what is being brought in; also takes note of what is performed here meanwhile. */
  #younger: YoungerOperations | undefined;
  /** What is performed here is not in the tree that is being prepared. */
  #isReworking = false;
  /** It is served, and its rows are being moved. */
  #replacement: Replacement | undefined;
  #arrivals: Arrivals | undefined;
  #merge = { merged: 0, undoneBefore: 0, sinceMs: 0 };

  constructor(options: IntegratorOptions) {
    this.#options = options;
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
    const { tree, counters, changed } = this.#options;
    const overlay = new Overlay(tree);
    const trace = new TreeTransaction(overlay, operation.stamp);
    const refusal = this.#apply(trace, operation, unseenPossible);
    if (refusal) return refusal;
    const stampText = stampToText(operation.stamp);
    const body = encodeBody(operation.acting, operation.fields);
    // What peers would refuse as malformed must not get into the log: none of them would take anything after it.
    decodeBody(body, operation.stamp);
    const ahead = this.#replacement?.tellAhead(overlay.changes.keys()) ?? [];
    if (ahead.length > 0) changed(ahead, 'merge');
    overlay.changes.set(appliedKey(stampText), encodeApplied(trace, undefined, body));
    if (note) overlay.changes.set(note.key, note.value);
    const changes = commitOverlay(tree, counters, overlay);
    if (this.#isReworking) this.#younger?.noteUndone(stampText);
    else this.#younger?.note(stampText, trace);
    this.#youngest = stampText;
    this.statistics.local += 1;
    changed(changes, 'local');
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
      yield* this.#moveAll(pace);
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
    yield* this.#moveAll(pace);
    return new Replacement(this.#options);
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
    const younger = yield* this.#scan(oldest, pace);
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

  /** Everything younger than `stampText`. */
  *#scan(stampText: string, pace: Pace): Sliced<YoungerOperations> {
    const { rows } = this.#options.tree;
    const younger = new YoungerOperations(this.#options.limits);
    for (let last = appliedKey(stampText); stampText < this.#youngest;) {
      const page = rows.after(last, appliedRange, scannedAtOnce);
      for (const { key, value } of page) younger.noteRecord(key.slice(-12), value);
      const end = page.at(-1);
      if (end === undefined || page.length < scannedAtOnce) break;
      last = end.key;
      yield* pace.rest();
    }
    return younger;
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
    this.#commit(overlay);
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
    this.#take(arrival);
    this.statistics.inPlace += 1;
    if (stampText < this.#youngest) this.statistics.late += 1;
    if (refusal) this.#refused(operation, refusal);
    return true;
  }

  /** Brings in what collides, with what it collides with undone and done again. The position up to which arrivals were taken. */
  *#rework(from: string, younger: YoungerOperations, pace: Pace): Sliced<string> {
    const replacement = new Replacement(this.#options);
    const rework = this.#reworkOn(replacement, younger);
    this.#isReworking = true;
    let position: string;
    try {
      position = yield* rework.run(from, pace);
      this.#replace(replacement, rework.overlay);
    } finally {
      this.#isReworking = false;
      if (this.#replacement !== replacement) replacement.abandon();
    }
    this.statistics.merges += 1;
    if (position > this.#youngest) this.#youngest = position;
    yield* this.#moveAll(pace);
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
      refused: (operation, refusal) => this.#refused(operation, refusal),
      undone: () => {
        this.statistics.undone += 1;
      },
    });
  }

  /** Gives the tree another beginning, with everything younger done again. One call at a time, as with `integrate`. */
  *reseat({ prepare, after, atSwitch, afterSwitch }: Reseat): Sliced<void> {
    const { tree, clock } = this.#options;
    const pace = new Pace(clock);
    yield* this.#moveAll(pace);
    const replacement = new Replacement(this.#options);
    try {
      yield* prepare(replacement);
      const apply = (trace: TreeTransaction, operation: Operation) =>
        this.#apply(trace, operation, true);
      yield* redoAfter(after, tree.rows, replacement, apply, pace);
      tree.rows.transaction(() => {
        atSwitch({
          tree: replacement.tree,
          perform: (operation) => this.#performIn(replacement, operation),
        });
        replacement.serve();
      });
      this.#replacement = replacement;
      afterSwitch();
    } finally {
      if (this.#replacement !== replacement) replacement.abandon();
    }
    yield* this.#moveAll(pace);
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

  /** Little is committed at once, as if it had been in place. */
  #replace(replacement: Replacement, overlay: Overlay): void {
    if (replacement.isEmpty) {
      replacement.abandon();
      for (const key of overlay.changes.keys()) overlay.dropIfUnchanged(key);
      this.#commit(overlay);
    } else {
      replacement.take(overlay);
      replacement.serve();
      this.#replacement = replacement;
      this.statistics.replaced += 1;
    }
  }

  *#moveAll(pace: Pace): Sliced<void> {
    while (this.#replacement) {
      const changes = this.#replacement.moveSome(this.#options.limits.rowsAtOnce);
      if (changes) this.#options.changed(changes, 'merge');
      else this.#replacement = undefined;
      yield;
      pace.restart();
    }
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

  #commit(overlay: Overlay): void {
    const { tree, counters, changed } = this.#options;
    const changes = commitOverlay(tree, counters, overlay);
    if (changes.length > 0) changed(changes, 'merge');
  }

  #refused(operation: Operation, refusal: Refusal): void {
    this.statistics.refused += 1;
    this.#options.refused(operation, refusal);
  }
}
