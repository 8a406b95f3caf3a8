import type { DeviceId } from '../../identity/ids.ts';
import { decodeBatch, type LoggedOperation } from '../codec/batch.ts';
import { highestCounter } from '../codec/operation-codec.ts';
import type { Logs } from '../log/logs.ts';
import type { OwnNumbers } from '../own-numbers.ts';
import type { BatchId } from '../replica.ts';
import type { StampClock } from '../stamp-clock.ts';
import { type Stamp, stampToText } from '../stamp.ts';
import { inodeFromText, restOfKey } from '../state/tree-key.ts';
import { waitingKey, waitingRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import type { ParkedOperations } from './parked.ts';
import { WaitingBatches } from './waiting-batches.ts';

export interface BacklogOptions {
  readonly device: DeviceId;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly parked: ParkedOperations;
  readonly stamps: StampClock;
  readonly numbers: OwnNumbers;
  /** Operations that are in the checkpoint, or came too late for it. */
  readonly isFolded: (stamp: Stamp) => boolean;
}

/** Batches of which it is noted in one transaction that they no longer wait. */
const settledAtOnce = 512;

/**
 * What is logged and not in the tree yet, in the order of the stamps. It waits in the logs, however much it is: of each device no more
 * than a batch is in memory.
 */
export class Backlog implements Arrivals {
  readonly #options: BacklogOptions;
  readonly #waiting = new Map<DeviceId, WaitingBatches>();

  constructor(options: BacklogOptions) {
    this.#options = options;
    for (const { key, value } of options.rows.all(waitingRange)) {
      const rest = restOfKey(key);
      const device = inodeFromText(rest, 0) as number as DeviceId;
      this.add({ device, sequence: inodeFromText(rest, 8) }, value.readUInt32BE(0));
    }
  }

  /** A batch was logged. */
  add({ device, sequence }: BatchId, operations: number): void {
    const read = (at: number) => this.#read({ device, sequence: at });
    const waiting = this.#waiting.get(device) ?? new WaitingBatches(sequence, read);
    this.#waiting.set(device, waiting);
    waiting.add(sequence, operations);
  }

  /** What this device does or makes from now on comes after these. */
  observe(operations: readonly LoggedOperation[]): LoggedOperation[] {
    const { stamps, numbers, device } = this.#options;
    const present = operations.filter(({ operation: { stamp } }) => !this.#isAhead(stamp));
    for (const { operation } of present) stamps.observe(operation.stamp);
    numbers.skipUsed(highestCounter(present, device));
    return present;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  next(after: string): Arrival | undefined {
    let oldest: Arrival | undefined;
    for (const { first } of this.#waiting.values()) {
      if (!first || first.stampText <= after) continue;
      if (!oldest || first.stampText < oldest.stampText) oldest = first;
    }
    return oldest;
  }

  take(arrival: Arrival): void {
    this.#waiting.get(arrival.operation.stamp.device)?.take();
  }

  settle(): boolean {
    const { rows } = this.#options;
    const settled = [...this.#waiting].flatMap(([device, waiting]) =>
      waiting.settle(settledAtOnce).map((sequence) => waitingKey(device, sequence)),
    );
    for (const [device, { isOver }] of this.#waiting) if (isOver) this.#waiting.delete(device);
    if (settled.length === 0) return false;
    rows.transaction(() => {
      for (const key of settled) rows.remove(key);
    });
    return settled.length >= settledAtOnce;
  }

  rewind(): void {
    for (const waiting of this.#waiting.values()) waiting.rewind();
  }

  get left(): number {
    let left = 0;
    for (const waiting of this.#waiting.values()) left += waiting.left;
    return left;
  }

  /** The operations of a batch whose time has come; the others are parked. */
  #read(id: BatchId): Arrival[] {
    const { logs, parked } = this.#options;
    const bytes = logs.read(id);
    if (!bytes) return [];
    const operations = decodeBatch(bytes).operations.filter(
      ({ operation: { stamp } }) => !this.isFolded(stamp),
    );
    const present = new Set(this.observe(operations));
    // Asked once: between two questions its time may come.
    parked.park(operations.filter((logged) => !present.has(logged)));
    return [...present].map(arrivalOf);
  }

  isFolded(stamp: Stamp): boolean {
    return this.#options.isFolded(stamp);
  }

  #isAhead(stamp: Stamp): boolean {
    return stamp.device !== this.#options.device && this.#options.parked.isAhead(stamp);
  }
}

function arrivalOf(logged: LoggedOperation): Arrival {
  return { ...logged, stampText: stampToText(logged.operation.stamp) };
}
