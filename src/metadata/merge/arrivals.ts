import type { LoggedOperation } from '../codec/batch.ts';
import { stampToText } from '../stamp.ts';

/** An operation that is to be brought in. */
export interface Arrival extends LoggedOperation {
  readonly stampText: string;
}

/** Operations that are to be brought in, of which no more is in memory than is needed. More may come while they are taken. */
export interface Arrivals {
  /** The oldest that is younger than `after` and was not taken. */
  next(after: string): Arrival | undefined;
  take(arrival: Arrival): void;
  /** What was taken is in the tree for good. True when it should be called again, after others ran. */
  settle(): boolean;
  /** What was taken since the last `settle` is not in the tree: it must come again. */
  rewind(): void;
  /** How many are known that were not taken. */
  readonly left: number;
}

/** Operations that are in memory anyhow. */
export class ListedArrivals implements Arrivals {
  readonly #arrivals: readonly Arrival[];
  #next = 0;
  #settled = 0;

  constructor(operations: readonly LoggedOperation[]) {
    this.#arrivals = operations
      .map((logged) => ({ ...logged, stampText: stampToText(logged.operation.stamp) }))
      .sort((a, b) => (a.stampText < b.stampText ? -1 : 1));
  }

  next(): Arrival | undefined {
    return this.#arrivals[this.#next];
  }

  take(): void {
    this.#next += 1;
  }

  settle(): boolean {
    this.#settled = this.#next;
    return false;
  }

  rewind(): void {
    this.#next = this.#settled;
  }

  get left(): number {
    return this.#arrivals.length - this.#next;
  }
}
