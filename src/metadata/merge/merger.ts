import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { runSliced, type Sliced } from './pace.ts';
import { ListedArrivals } from './arrivals.ts';
import type { Backlog } from './backlog.ts';
import type { Integrator } from './integrator.ts';
import type { ParkedOperations } from './parked.ts';
import type { StampClock } from '../stamp-clock.ts';

export interface MergerOptions {
  readonly backlog: Backlog;
  readonly integrator: Integrator;
  readonly parked: ParkedOperations;
  readonly stamps: StampClock;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something came into the tree. */
  readonly merged: () => void;
}

interface Work {
  readonly steps: () => Sliced<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Whoever waits for a start wants to know why. */
export const tellEveryMs = 2000;

/** Has what waits in the logs brought into the tree, in the background, and what was parked when its time has come. */
export class Merger {
  readonly #options: MergerOptions;
  #running: Promise<void> | undefined;
  #mayBeDue = false;
  #works: Work[] = [];
  #stopped = false;

  constructor(options: MergerOptions) {
    this.#options = options;
  }

  /** Resolves when all that waits now is in the tree, or when it was stopped before. */
  async run(): Promise<void> {
    while (this.#isWanted()) {
      this.#running ??= runSliced(this.#merge(), () => this.#stopped).finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  /** The same for the parked operations whose time has come. */
  runDue(): Promise<void> {
    this.#mayBeDue = true;
    return this.run();
  }

  /** Nothing is to be brought in or done any more. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Does something with the tree while nothing is being merged. Resolves also when it was cut short or left out by `stop`. */
  alone(steps: () => Sliced<void>): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#works.push({ steps, resolve, reject });
      this.run().catch(() => undefined);
    });
  }

  /** What is being merged stops at the next slice and goes on at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running?.catch(() => undefined);
    for (const { resolve } of this.#works.splice(0)) resolve();
  }

  /** At the start, when there is nobody to hold up. */
  runNow(): void {
    const { clock, integrator, logger } = this.#options;
    let toldMs = clock.monotonicMs();
    for (const work = this.#merge(); !work.next().done;) {
      if (clock.monotonicMs() - toldMs < tellEveryMs) continue;
      toldMs = clock.monotonicMs();
      logger.info({ ...integrator.progress }, 'operations that waited in the logs are brought in');
    }
  }

  #isWanted(): boolean {
    const { backlog } = this.#options;
    return !this.#stopped && (!backlog.isEmpty || this.#mayBeDue || this.#works.length > 0);
  }

  *#merge(): Sliced<void> {
    const { backlog, integrator } = this.#options;
    while (this.#isWanted()) {
      const work = this.#works.shift();
      if (work) yield* doWork(work);
      if (this.#mayBeDue) yield* this.#mergeDue();
      if (backlog.isEmpty) continue;
      yield* integrator.integrate(backlog);
      this.#options.merged();
    }
  }

  *#mergeDue(): Sliced<void> {
    const { backlog, parked, integrator, stamps } = this.#options;
    const due = parked.due();
    for (const { operation } of due) stamps.observe(operation.stamp);
    const present = due.filter(({ operation: { stamp } }) => !backlog.isFolded(stamp));
    yield* integrator.integrate(new ListedArrivals(present));
    parked.release(due);
    if (due.length > 0) {
      this.#options.merged();
      return;
    }
    this.#mayBeDue = false;
    parked.schedule();
  }
}

function* doWork({ steps, resolve, reject }: Work): Sliced<void> {
  try {
    yield* steps();
  } catch (error) {
    reject(error);
  } finally {
    resolve();
  }
}
