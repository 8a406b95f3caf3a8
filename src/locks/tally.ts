/** How much each peer has of something. */
export class Tally {
  readonly #counts = new Map<number, number>();

  of(device: number): number {
    return this.#counts.get(device) ?? 0;
  }

  add(device: number, more: number): void {
    const count = this.of(device) + more;
    if (count === 0) this.#counts.delete(device);
    else this.#counts.set(device, count);
  }

  clear(): void {
    this.#counts.clear();
  }
}
