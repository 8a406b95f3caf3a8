import { hashed, hashText, type Use } from './key-hash.ts';
import { PlaceTable } from './place-table.ts';

/**
 * Places for keys: the first are enough for what is made while peers are connected. When they are taken, a larger table stands beside
 * them, since moving what is there into it would hold the event loop.
 */
const placesAtFirst = 1 << 12;
const placesAtMost = 1 << 21;
const growth = 8;

const usesAtFirst = 1 << 12;

/**
 * Which operations used a key in a certain way, the last first. Exact but for what hashing confuses, with a chance of 2^-64. A key takes
 * 12 bytes, a use 8.
 */
export class UseIndex {
  readonly #maximumUses: number;
  /** The largest, which takes what is new, comes first. */
  readonly #tables = [new PlaceTable(placesAtFirst)];
  /** Number of the last use that was noted; none has the number 0. */
  #uses = 0;
  #operations = new Uint32Array(usesAtFirst);
  #before = new Uint32Array(usesAtFirst);
  #full = false;

  constructor(maximumUses: number) {
    this.#maximumUses = maximumUses;
  }

  /** True when it could not take all: then it knows nothing of what came after. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Notes that `operation` used the key whose hash was computed last. */
  note(operation: number): void {
    if (this.#full || !this.#makeRoom()) return;
    const { first, second } = hashed;
    const known = this.#tables.find((table) => table.has(first, second));
    const table = known ?? this.#newest();
    const place = table.take(first, second);
    this.#uses += 1;
    this.#operations[this.#uses] = operation;
    this.#before[this.#uses] = table.last[place] ?? 0;
    table.last[place] = this.#uses;
  }

  /**
   * Calls `found` with the operations that used the key so, the last first, until it answers false. Those at the beginning of which
   * `isOver` says that they do not matter any more are forgotten, so that nobody comes upon them again and again.
   */
  visit(
    key: string,
    by: Use,
    isOver: (operation: number) => boolean,
    found: (operation: number) => boolean,
  ): void {
    hashText(key, by);
    const { first, second } = hashed;
    const table = this.#tables.find((each) => each.has(first, second));
    if (!table) return;
    const place = table.take(first, second);
    let use = table.last[place] ?? 0;
    while (use !== 0 && isOver(this.#operations[use] ?? 0)) use = this.#before[use] ?? 0;
    table.last[place] = use;
    while (use !== 0) {
      const operation = this.#operations[use] ?? 0;
      if (!isOver(operation) && !found(operation)) return;
      use = this.#before[use] ?? 0;
    }
  }

  #newest(): PlaceTable {
    const [newest] = this.#tables;
    if (!newest) throw new Error('an index without a table');
    return newest;
  }

  #makeRoom(): boolean {
    if (this.#uses >= this.#maximumUses) return this.#close();
    if (this.#uses + 1 >= this.#operations.length) {
      this.#operations = doubled(this.#operations);
      this.#before = doubled(this.#before);
    }
    const { isFull, places } = this.#newest();
    if (!isFull) return true;
    if (places >= placesAtMost) return this.#close();
    this.#tables.unshift(new PlaceTable(places * growth));
    return true;
  }

  #close(): false {
    this.#full = true;
    return false;
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2);
  copy.set(array);
  return copy;
}
