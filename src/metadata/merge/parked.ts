import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { LoggedOperation } from '../codec/batch.ts';
import { decodeBody } from '../codec/operation-codec.ts';
import { stampFromText, stampToText, type Stamp } from '../stamp.ts';
import type { StampTime } from '../stamp-time.ts';
import type { TreeKey } from '../state/tree-key.ts';
import { parkedKey, parkedRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';

/** How far a stamp may be ahead of the present; more is a wrong clock, or somebody who wants to have the last word. */
export const maximumAheadMs = 10 * 60 * 1000;

/** Whoever sets his clock right does not want to wait long, and a timer knows nothing of that. */
const lookAgainMs = 10_000;

/** Operations that are brought in at once when their time has come: a few hundred milliseconds of work, in slices. */
const releasedAtOnce = 4096;

/** What waits of one device. */
export interface Parked {
  readonly device: DeviceId;
  readonly operations: number;
  /** When the last of them is due, in milliseconds since 1970. */
  readonly untilMs: number;
}

/** Operations that are in the log but wait for their time. */
export class ParkedOperations {
  readonly #rows: Rows;
  readonly #clock: Clock;
  readonly #time: StampTime;
  readonly #due: () => void;
  readonly #waiting = new Map<DeviceId, { operations: number; lastMillis: number }>();
  #cancel: (() => void) | undefined;

  constructor(rows: Rows, clock: Clock, time: StampTime, due: () => void) {
    this.#rows = rows;
    this.#clock = clock;
    this.#time = time;
    this.#due = due;
    for (const { key } of rows.all(parkedRange)) this.#count(stampOfKey(key), 1);
  }

  isAhead(stamp: Stamp): boolean {
    return stamp.millis > this.#time.presentMs() + maximumAheadMs;
  }

  /** Whether the operation of this stamp waits here. */
  holds(stamp: Stamp): boolean {
    return this.#rows.peek(parkedKey(stampToText(stamp))) !== undefined;
  }

  /** By device. */
  get waiting(): Parked[] {
    return [...this.#waiting].map(([device, { operations, lastMillis }]) => ({
      device,
      operations,
      untilMs: lastMillis - maximumAheadMs,
    }));
  }

  park(operations: readonly LoggedOperation[]): void {
    if (operations.length === 0) return;
    this.#rows.transaction(() => {
      for (const { operation, body } of operations) {
        if (!this.holds(operation.stamp)) this.#count(operation.stamp, 1);
        this.#rows.put(parkedKey(stampToText(operation.stamp)), body);
      }
    });
    this.schedule();
  }

  /** Those whose time has come, from the oldest; there may be more. */
  due(): LoggedOperation[] {
    const operations: LoggedOperation[] = [];
    for (const { key, value } of this.#rows.all(parkedRange)) {
      const stamp = stampOfKey(key);
      if (this.isAhead(stamp) || operations.length === releasedAtOnce) break;
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
        this.#count(operation.stamp, -1);
      }
    });
  }

  /** Calls back when the next one is due, or the clock may have been set meanwhile. */
  schedule(): void {
    this.stop();
    const [next] = this.#rows.first(parkedRange, 1);
    if (!next) return;
    const dueMs = stampOfKey(next.key).millis - maximumAheadMs;
    const delayMs = Math.min(Math.max(0, dueMs - this.#time.presentMs()), lookAgainMs);
    this.#cancel = this.#clock.after(delayMs, this.#due);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #count({ device, millis }: Stamp, change: number): void {
    const before = this.#waiting.get(device) ?? { operations: 0, lastMillis: 0 };
    const operations = before.operations + change;
    if (operations === 0) this.#waiting.delete(device);
    else {
      const lastMillis = Math.max(before.lastMillis, millis);
      this.#waiting.set(device, { operations, lastMillis });
    }
  }
}

function stampOfKey(key: TreeKey): Stamp {
  return stampFromText(key.slice(-12));
}
