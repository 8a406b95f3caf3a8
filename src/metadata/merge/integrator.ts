import type { Clock } from '../../platform/clock.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { decodeBody, encodeBody } from '../codec/operation-codec.ts';
import type { LoggedOperation } from '../codec/batch.ts';
import type { Operation } from '../operation.ts';
import { applyOperation } from '../operations/apply.ts';
import type { Author, Flavour } from '../operations/operation-kind.ts';
import type { Refusal } from '../replica.ts';
import { stampToText } from '../stamp.ts';
import { decodeApplied, encodeApplied } from '../state/applied-record.ts';
import { Overlay } from '../state/overlay.ts';
import type { TreeKey } from '../state/tree-key.ts';
import { TreeTransaction } from '../state/tree-transaction.ts';
import { commitOverlay } from '../tables/commit.ts';
import type { CommittedTree } from '../tables/committed-tree.ts';
import type { Counters } from '../tables/counters.ts';
import { appliedKey, appliedRange } from '../tables/global-key.ts';
import type { TreeChange } from '../tree-change.ts';
import { Marks } from './marks.ts';
import { Pace, type Sliced } from './pace.ts';
import { Rebase } from './rebase.ts';
import { noStatistics } from './statistics.ts';

export interface IntegratorOptions {
  readonly tree: CommittedTree;
  readonly counters: Counters;
  readonly flavour: Flavour;
  readonly clock: Clock;
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

/** Operations in one commit, which takes about as long as applying them did. */
const placedAtOnce = 512;

/** Brings operations into the tree, each at its place in the order, in whatever order they come. */
export class Integrator {
  readonly #options: IntegratorOptions;
  readonly statistics = noStatistics();
  /** The stamp of the youngest applied operation, as text. */
  #youngest: string;
  /** What is younger than what is being brought in; also takes note of what is performed here meanwhile. */
  #marks: Marks | undefined;
  #rebase: Rebase | undefined;

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

  /** Does an operation of this machine, which must be the youngest of all. `note` is stored with it. */
  perform(operation: Operation, note?: Note): Refusal | Performed {
    const { tree, counters } = this.#options;
    const overlay = new Overlay(tree);
    const trace = new TreeTransaction(overlay, operation.stamp);
    const refusal = this.#apply(trace, operation, false);
    if (refusal) return refusal;
    const stampText = stampToText(operation.stamp);
    const body = encodeBody(operation.acting, operation.fields);
    // What peers would refuse as malformed must not get into the log: none of them would take anything after it.
    decodeBody(body, operation.stamp);
    this.#marks?.note(stampText, trace);
    this.#rebase?.keepBefore(overlay, { stampText, body });
    overlay.changes.set(appliedKey(stampText), encodeApplied(trace, undefined, body));
    if (note) overlay.changes.set(note.key, note.value);
    const changes = commitOverlay(tree, counters, overlay);
    this.#youngest = stampText;
    this.statistics.local += 1;
    this.#options.changed(changes, 'local');
    return { body };
  }

  /**
   * Applies operations that are in the log. Those known already are ignored. One call at a time; between its slices other things may
   * be performed here.
   */
  *integrate(operations: readonly LoggedOperation[]): Sliced<number> {
    const pace = new Pace(this.#options.clock);
    const arrivals = yield* this.#newAmong(operations, pace);
    const [oldest] = arrivals;
    if (oldest === undefined) return 0;
    this.#marks = yield* this.#scan(oldest.stampText, pace);
    try {
      yield* this.#bringIn(arrivals, this.#marks, pace);
    } finally {
      this.#marks = undefined;
    }
    return arrivals.length;
  }

  /** Those not applied yet, in their order. */
  *#newAmong(operations: readonly LoggedOperation[], pace: Pace): Sliced<Arrival[]> {
    const arrivals: Arrival[] = [];
    for (const { operation, body } of operations) {
      const stampText = stampToText(operation.stamp);
      const isKnown = stampText <= this.#youngest && this.isApplied(stampText);
      if (!isKnown) arrivals.push({ stampText, operation, body });
      yield* pace.rest();
    }
    return arrivals.sort((a, b) => (a.stampText < b.stampText ? -1 : 1));
  }

  /** Marks of everything younger than `stampText`. */
  *#scan(stampText: string, pace: Pace): Sliced<Marks> {
    const { rows } = this.#options.tree;
    const marks = new Marks();
    for (let last = appliedKey(stampText); stampText < this.#youngest;) {
      const page = rows.after(last, appliedRange, scannedAtOnce);
      for (const { key, value } of page) marks.note(key.slice(-12), decodeApplied(value));
      const end = page.at(-1);
      if (end === undefined || page.length < scannedAtOnce) break;
      last = end.key;
      yield* pace.rest();
    }
    return marks;
  }

  *#bringIn(arrivals: readonly Arrival[], marks: Marks, pace: Pace): Sliced<void> {
    for (let next = 0; next < arrivals.length;) {
      const placed = this.#placeSlice(arrivals, next, marks, pace);
      next = placed.next;
      if (placed.collided) next = yield* this.#undoAndRedo(arrivals, next, marks, pace);
      if (next === arrivals.length) return;
      yield;
      pace.restart();
    }
  }

  /** Applies in place as long as that is right and others need not run. `next` is the first that was not applied. */
  #placeSlice(
    arrivals: readonly Arrival[],
    from: number,
    marks: Marks,
    pace: Pace,
  ): { next: number; collided: boolean } {
    const overlay = new Overlay(this.#options.tree);
    let next = from;
    let collided = false;
    for (const arrival of arrivals.slice(from, from + placedAtOnce)) {
      if (pace.due() && next > from) break;
      collided = !this.#place(overlay, arrival, marks);
      if (collided) break;
      next += 1;
    }
    this.#commit(overlay);
    const last = next > from ? arrivals[next - 1] : undefined;
    if (last && last.stampText > this.#youngest) this.#youngest = last.stampText;
    return { next, collided };
  }

  #place(overlay: Overlay, { stampText, operation, body }: Arrival, marks: Marks): boolean {
    const trace = new TreeTransaction(overlay, operation.stamp);
    const refusal = this.#apply(trace, operation, true);
    const late = stampText < this.#youngest;
    if (late && !marks.commutes(stampText, trace)) {
      trace.rollBack();
      return false;
    }
    overlay.changes.set(appliedKey(stampText), encodeApplied(trace, refusal?.code, body));
    this.statistics.inPlace += 1;
    if (late) this.statistics.late += 1;
    if (refusal) this.#refused(operation, refusal);
    return true;
  }

  /** Brings in the late ones from `from` on, with everything younger undone and done again. The index of the first not late. */
  *#undoAndRedo(
    arrivals: readonly Arrival[],
    from: number,
    marks: Marks,
    pace: Pace,
  ): Sliced<number> {
    const rest = arrivals.slice(from);
    const late = rest.filter(({ stampText }) => stampText < this.#youngest);
    const rebase = new Rebase(this.#options.tree, late, (trace, operation) =>
      this.#apply(trace, operation, true),
    );
    this.#rebase = rebase;
    try {
      yield* rebase.run(this.#youngest, marks, pace);
      this.#commit(rebase.overlay);
    } finally {
      this.#rebase = undefined;
    }
    for (const { operation, refusal } of rebase.refusals) this.#refused(operation, refusal);
    this.statistics.merges += 1;
    this.statistics.undone += rebase.undone;
    return from + late.length;
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

/** An operation that is to be brought in. */
export interface Arrival extends LoggedOperation {
  readonly stampText: string;
}
