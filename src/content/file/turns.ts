/** Lets one piece of work run at a time, in the order of asking; without a promise when nothing is under way and none is needed. */
export class Turns {
  #last: Promise<unknown> | undefined;

  get idle(): boolean {
    return this.#last === undefined;
  }

  take<T>(work: () => T | Promise<T>): T | Promise<T> {
    const result = this.#last ? this.#last.then(work, work) : work();
    if (!(result instanceof Promise)) return result;
    const leave = (): void => this.#leave(turn);
    const turn: Promise<void> = result.then(leave, leave);
    this.#last = turn;
    return result;
  }

  #leave(turn: Promise<unknown>): void {
    if (this.#last === turn) this.#last = undefined;
  }
}
