/** Chance that can be repeated: the same seed, the same numbers. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1): mulberry32, which is short and good enough to choose by. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to choose from');
    return value;
  }
}

/** Bytes that follow from a seed, so that a ledger need not hold them. */
export function noise(seed: number, length: number): Buffer {
  const chance = new Chance(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) {
    const word = chance.below(2 ** 32);
    if (at + 4 <= length) bytes.writeUInt32LE(word, at);
    else bytes.fill(word & 0xff, at);
  }
  return bytes;
}
