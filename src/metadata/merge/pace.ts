import type { Clock } from '../../platform/clock.ts';

/** Requests of the kernel wait while a slice runs: a quarter of the 20 ms that the event loop may be held; its commit takes as long. */
const sliceMs = 5;

/** Cuts long work into slices. */
export class Pace {
  readonly #clock: Clock;
  #startedMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** True when the caller should let others run. */
  due(): boolean {
    return this.#clock.monotonicMs() - this.#startedMs >= sliceMs;
  }

  /** Lets others run when it is time. */
  *rest(): Sliced<void> {
    if (!this.due()) return;
    yield;
    this.restart();
  }

  /** After others ran. */
  restart(): void {
    this.#startedMs = this.#clock.monotonicMs();
  }
}

/** Work that yields between slices. */
export type Sliced<T> = Generator<void, T>;

/** Undefined when it was stopped between two slices. */
export async function runSliced<T>(
  work: Sliced<T>,
  isStopped: () => boolean,
): Promise<T | undefined> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
    if (isStopped()) {
      // Leaves the loops through their `finally`.
      work.return(undefined as T);
      return undefined;
    }
  }
}

/** While nobody else can be waiting: at the start. */
export function runWhole<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
