import type { Clock } from '../../platform/clock.ts';
import type { LoggedOperation } from '../codec/batch.ts';
import { decodeBody } from '../codec/operation-codec.ts';
import { stampFromText, stampToText, type Stamp } from '../stamp.ts';
import { parkedKey, parkedRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';

/** How far a stamp may be ahead of this machine's clock; more is a wrong clock, or somebody who wants to have the last word. */
export const maximumAheadMs = 10 * 60 * 1000;

/** A longer wait does not fit a timer; then it just waits again. */
const longestTimerMs = 2 ** 31 - 1;

/** Operations that are in the log but wait for their time. */
export class ParkedOperations {
  readonly #rows: Rows;
  readonly #clock: Clock;
  readonly #due: () => void;
  #cancel: (() => void) | undefined;

  constructor(rows: Rows, clock: Clock, due: () => void) {
    this.#rows = rows;
    this.#clock = clock;
    this.#due = due;
  }

  isAhead(stamp: Stamp): boolean {
    return stamp.millis > this.#clock.nowMs() + maximumAheadMs;
  }

  park(operations: readonly LoggedOperation[]): void {
    if (operations.length === 0) return;
    this.#rows.transaction(() => {
      for (const { operation, body } of operations) {
        this.#rows.put(parkedKey(stampToText(operation.stamp)), body);
      }
    });
    this.schedule();
  }

  /** Those whose time has come. */
  due(): LoggedOperation[] {
    const operations: LoggedOperation[] = [];
    for (const { key, value } of this.#rows.all(parkedRange)) {
      const stamp = stampFromText(key.slice(-12));
      if (this.isAhead(stamp)) break;
      operations.push({ operation: decodeBody(value, stamp), body: value });
    }
    return operations;
  }

  /** After they were applied. */
  release(operations: readonly LoggedOperation[]): void {
    if (operations.length === 0) return;
    this.#rows.transaction(() => {
      for (const { operation } of operations) {
        this.#rows.remove(parkedKey(stampToText(operation.stamp)));
      }
    });
  }

  /** Calls back when the next one is due. */
  schedule(): void {
    this.stop();
    const [next] = this.#rows.first(parkedRange, 1);
    if (!next) return;
    const dueMs = stampFromText(next.key.slice(-12)).millis - maximumAheadMs;
    const delayMs = Math.min(Math.max(0, dueMs - this.#clock.nowMs()), longestTimerMs);
    this.#cancel = this.#clock.after(delayMs, this.#due);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
