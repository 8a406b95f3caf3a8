import { Pace } from '../metadata/merge/pace.ts';
import type { Clock } from '../platform/clock.ts';

/** Lets others run, when it is time, within work that goes through many rows. */
export class Breather {
  readonly #pace: Pace;

  constructor(clock: Clock) {
    this.#pace = new Pace(clock);
  }

  async rest(): Promise<void> {
    if (!this.#pace.due()) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#pace.restart();
  }
}
