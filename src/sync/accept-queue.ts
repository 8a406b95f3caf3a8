import type { AcceptOutcome, Replica } from '../metadata/replica.ts';

interface Waiting {
  readonly batches: readonly Uint8Array[];
  readonly resolve: (outcome: AcceptOutcome) => void;
}

/** Gives batches to the replica one call after the other, so that merges never overlap. What waits meanwhile goes in one call. */
export class AcceptQueue {
  readonly #replica: Pick<Replica, 'accept'>;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  readonly #failed: (error: unknown) => void;

  constructor(replica: Pick<Replica, 'accept'>, failed: (error: unknown) => void) {
    this.#replica = replica;
    this.#failed = failed;
  }

  /** Resolves with the outcome of the call that these batches were part of; never when that call failed, which is told once. */
  accept(batches: readonly Uint8Array[]): Promise<AcceptOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ batches, resolve });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is being merged any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        const outcome = await this.#replica.accept(taken.flatMap(({ batches }) => batches));
        for (const { resolve } of taken) resolve(outcome);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#running = undefined;
  }
}
