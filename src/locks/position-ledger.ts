import type { LogPositions } from './messages.ts';

/**
 * Up to where the log of each peer must be known to who gets a lock, so that he sees all that was written under locks before: of all files
 * together, as almost always he has it already. Each peer is told only what it was not told before.
 */
export class PositionLedger {
  readonly #positions = new Map<number, number>();
  readonly #toldByDevice = new Map<number, Map<number, number>>();

  reached(device: number, sequence: number): void {
    if (sequence > (this.#positions.get(device) ?? 0)) this.#positions.set(device, sequence);
  }

  newFor(device: number): LogPositions {
    if (this.#positions.size === 0) return none;
    const told = this.#toldByDevice.get(device) ?? new Map<number, number>();
    const news: [number, number][] = [];
    for (const [author, sequence] of this.#positions) {
      // What it wrote itself it has.
      if (author === device || (told.get(author) ?? 0) >= sequence) continue;
      told.set(author, sequence);
      news.push([author, sequence]);
    }
    this.#toldByDevice.set(device, told);
    return news;
  }

  clear(): void {
    this.#positions.clear();
    this.#toldByDevice.clear();
  }
}

const none: LogPositions = [];
