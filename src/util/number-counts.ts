/** Slots of an empty table; always a power of two. */
const fewestSlots = 1024;

/**
 * A count for each of many numbers (whole, above 0, exact as doubles): a hash table in two flat arrays, since a `Map` of a million such
 * numbers takes three times the memory and is slower to find them in. Linear probing; a slot whose count is 0 is empty.
 */
export class NumberCounts {
  #numbers = new Float64Array(fewestSlots);
  #counts = new Float64Array(fewestSlots);
  #size = 0;

  /** How many numbers have a count. */
  get size(): number {
    return this.#size;
  }

  /** 0 for a number that has none. */
  get(number: number): number {
    return this.#counts[this.#slotOf(number)] as number;
  }

  /** A count of 0 or less takes the number out. */
  set(number: number, count: number): void {
    const slot = this.#slotOf(number);
    const isThere = (this.#counts[slot] as number) > 0;
    if (count > 0) {
      this.#numbers[slot] = number;
      this.#counts[slot] = count;
      if (!isThere) this.#grown();
    } else if (isThere) {
      this.#empty(slot);
      this.#shrunk();
    }
  }

  /** Where the number is, or would be. */
  #slotOf(number: number): number {
    const mask = this.#numbers.length - 1;
    let slot = hashOf(number) & mask;
    while ((this.#counts[slot] as number) > 0 && this.#numbers[slot] !== number) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Moves back what stands behind it and would not be found any more. */
  #empty(emptied: number): void {
    const mask = this.#numbers.length - 1;
    let hole = emptied;
    for (let slot = (hole + 1) & mask; (this.#counts[slot] as number) > 0;) {
      const home = hashOf(this.#numbers[slot] as number) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#numbers[hole] = this.#numbers[slot] as number;
        this.#counts[hole] = this.#counts[slot] as number;
        hole = slot;
      }
      slot = (slot + 1) & mask;
    }
    this.#counts[hole] = 0;
  }

  /** At most three slots in four are taken: beyond that probing becomes long. */
  #grown(): void {
    this.#size += 1;
    const slots = this.#numbers.length;
    if (this.#size * 4 > slots * 3) this.#resize(slots * 2);
  }

  /** Far from where it would grow again. */
  #shrunk(): void {
    this.#size -= 1;
    const slots = this.#numbers.length;
    if (slots > fewestSlots && this.#size * 8 < slots) this.#resize(slots / 2);
  }

  #resize(slots: number): void {
    const [numbers, counts] = [this.#numbers, this.#counts];
    this.#numbers = new Float64Array(slots);
    this.#counts = new Float64Array(slots);
    for (let from = 0; from < numbers.length; from += 1) {
      if ((counts[from] as number) === 0) continue;
      const slot = this.#slotOf(numbers[from] as number);
      this.#numbers[slot] = numbers[from] as number;
      this.#counts[slot] = counts[from] as number;
    }
  }
}

/** Spreads numbers that follow each other, as most do. */
function hashOf(number: number): number {
  const low = number | 0;
  const high = (number / 2 ** 32) | 0;
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
