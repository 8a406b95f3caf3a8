import type { AcceptOutcome, BatchSource, Replica } from '../metadata/replica.ts';

interface Waiting {
  readonly batches: readonly Uint8Array[];
  readonly from: BatchSource | undefined;
  readonly more: boolean;
  readonly resolve: (outcome: AcceptOutcome) => void;
}

/**
 * Gives batches to the replica one call after the other, so that merges never overlap. What one peer sent meanwhile goes in one call;
 * what others sent does not, so that nobody's batches suffer from being beside another's.
 */
export class AcceptQueue {
  readonly #replica: Pick<Replica, 'accept'>;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  readonly #failed: (error: unknown) => void;

  constructor(replica: Pick<Replica, 'accept'>, failed: (error: unknown) => void) {
    this.#replica = replica;
    this.#failed = failed;
  }

  /**
   * Resolves with the outcome of the call that these batches were part of; never when that call failed, which is told once. When `more`
   * is about to come, the tree need not have followed by then.
   */
  accept(batches: readonly Uint8Array[], from?: BatchSource, more = false): Promise<AcceptOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ batches, from, more, resolve });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is being merged any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#takeOfOne();
      const from = taken.at(-1)?.from;
      try {
        const outcome = await this.#replica.accept(
          taken.flatMap(({ batches }) => batches),
          from,
          taken.some(({ more }) => more),
        );
        for (const { resolve } of taken) resolve(outcome);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#running = undefined;
  }

  /** Everything from the peer that has waited longest. */
  #takeOfOne(): Waiting[] {
    const device = this.#waiting[0]?.from?.device;
    const taken = this.#waiting.filter(({ from }) => from?.device === device);
    this.#waiting = this.#waiting.filter(({ from }) => from?.device !== device);
    return taken;
  }
}
