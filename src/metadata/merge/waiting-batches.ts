import type { Arrival } from './arrivals.ts';

/** The batches of one device that wait to be brought in, from the first to the last without a gap. One of them is in memory. */
export class WaitingBatches {
  readonly #read: (sequence: number) => readonly Arrival[];
  /** The first that is noted as waiting. */
  #start: number;
  /** The one in memory, or the next that will be. */
  #current: number;
  /** What follows the last. */
  #end: number;
  #operations: readonly Arrival[] | undefined;
  #next = 0;
  #left = 0;
  /** Taken, and not known to be in the tree for good. */
  #taken = 0;

  constructor(sequence: number, read: (sequence: number) => readonly Arrival[]) {
    this.#read = read;
    this.#start = sequence;
    this.#current = sequence;
    this.#end = sequence;
  }

  add(sequence: number, operations: number): void {
    if (sequence !== this.#end) throw new Error('a batch between is not there');
    this.#end += 1;
    this.#left += operations;
  }

  get first(): Arrival | undefined {
    while (this.#current < this.#end) {
      this.#operations ??= this.#read(this.#current);
      const first = this.#operations[this.#next];
      if (first) return first;
      this.#operations = undefined;
      this.#next = 0;
      this.#current += 1;
    }
    return undefined;
  }

  take(): void {
    this.#next += 1;
    this.#taken += 1;
  }

  /** About as many operations as are still to be taken; what is parked is not among them in the end. */
  get left(): number {
    return this.first ? Math.max(1, this.#left - this.#taken) : 0;
  }

  /** What was taken is in the tree for good. At most `limit` of the batches that need not be noted as waiting any more. */
  settle(limit: number): number[] {
    this.#left -= this.#taken;
    this.#taken = 0;
    const end = Math.min(this.first ? this.#current : this.#end, this.#start + limit);
    const sequences: number[] = [];
    for (; this.#start < end; this.#start += 1) sequences.push(this.#start);
    return sequences;
  }

  /** What was not settled comes again; of the batch in which that begins, also what was. */
  rewind(): void {
    this.#operations = undefined;
    this.#next = 0;
    this.#taken = 0;
    this.#current = this.#start;
  }

  get isOver(): boolean {
    return this.#start === this.#end;
  }
}
