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
}

/** Whoever waits for a start wants to know why. */
export const tellEveryMs = 2000;

/** Has what waits in the logs brought into the tree, in the background, and what was parked when its time has come. */
export class Merger {
  readonly #options: MergerOptions;
  #running: Promise<void> | undefined;
  #mayBeDue = false;
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

  /** What is being merged stops at the next slice and goes on at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running?.catch(() => undefined);
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
    return !this.#stopped && (!this.#options.backlog.isEmpty || this.#mayBeDue);
  }

  *#merge(): Sliced<void> {
    const { backlog, integrator } = this.#options;
    while (this.#isWanted()) {
      if (this.#mayBeDue) yield* this.#mergeDue();
      yield* integrator.integrate(backlog);
    }
  }

  *#mergeDue(): Sliced<void> {
    const { parked, integrator, stamps } = this.#options;
    const due = parked.due();
    for (const { operation } of due) stamps.observe(operation.stamp);
    yield* integrator.integrate(new ListedArrivals(due));
    parked.release(due);
    if (due.length > 0) return;
    this.#mayBeDue = false;
    parked.schedule();
  }
}
