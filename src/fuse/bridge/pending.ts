/** What an INTERRUPT for a request that waits does; the request answers EINTR by itself. */
export type Interrupt = () => void;

/** The requests that wait for something and may be interrupted, by their number. Requests that are answered at once never enter. */
export class PendingRequests {
  readonly #interrupts = new Map<number, Interrupt>();
  /** Made ahead and used by the first read that has to wait, so that reads which need not wait cost none. */
  #spare = new AbortController();

  /** For the request at hand. Its signal may abort only when the request is `claim`ed. */
  get controller(): AbortController {
    return this.#spare;
  }

  /** The request at hand waits, and keeps the controller. */
  claim(): AbortController {
    const claimed = this.#spare;
    this.#spare = new AbortController();
    return claimed;
  }

  add(unique: number, interrupt: Interrupt): void {
    this.#interrupts.set(unique, interrupt);
  }

  /** False: it was interrupted, and has been answered. */
  remove(unique: number): boolean {
    return this.#interrupts.delete(unique);
  }

  /** Does nothing for a request that has been answered meanwhile, or that cannot be interrupted. */
  interrupt(unique: number): void {
    const interrupt = this.#interrupts.get(unique);
    this.#interrupts.delete(unique);
    interrupt?.();
  }

  /** The kernel is gone: nobody waits any more. */
  interruptAll(): void {
    for (const unique of [...this.#interrupts.keys()]) this.interrupt(unique);
  }
}
