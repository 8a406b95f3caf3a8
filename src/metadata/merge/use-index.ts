import { hashed, hashText, type Use } from './key-hash.ts';

/** Places for keys: the first are enough for what is made while peers are connected. */
const placesAtFirst = 1 << 12;
const placesAtMost = 1 << 21;
/** Few steps, so that the last one moves little. */
const growth = 8;

const fullness = 0.75;

/**
 * Which operations used a key in a certain way, the last first. Exact but for what hashing confuses, with a chance of 2^-64. A key takes
 * 12 bytes, a use 8.
 */
export class UseIndex {
  readonly #maximumUses: number;
  #places = placesAtFirst;
  #taken = 0;
  #firstHash = new Uint32Array(placesAtFirst);
  #secondHash = new Uint32Array(placesAtFirst);
  /** Number of the last use; 0 for none. */
  #last = new Uint32Array(placesAtFirst);
  #uses = 0;
  #operations = new Uint32Array(placesAtFirst);
  #before = new Uint32Array(placesAtFirst);
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
    const place = this.#find(hashed.first, hashed.second);
    if (this.#firstHash[place] === 0) {
      this.#firstHash[place] = hashed.first;
      this.#secondHash[place] = hashed.second;
      this.#taken += 1;
    }
    this.#uses += 1;
    this.#operations[this.#uses] = operation;
    this.#before[this.#uses] = this.#last[place] ?? 0;
    this.#last[place] = this.#uses;
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
    const place = this.#find(hashed.first, hashed.second);
    let use = this.#last[place] ?? 0;
    while (use !== 0 && isOver(this.#operations[use] ?? 0)) use = this.#before[use] ?? 0;
    this.#last[place] = use;
    while (use !== 0) {
      const operation = this.#operations[use] ?? 0;
      if (!isOver(operation) && !found(operation)) return;
      use = this.#before[use] ?? 0;
    }
  }

  /** Where the hash is, or would come. */
  #find(first: number, second: number): number {
    const mask = this.#places - 1;
    let place = first & mask;
    while (this.#firstHash[place] !== 0) {
      if (this.#firstHash[place] === first && this.#secondHash[place] === second) return place;
      place = (place + 1) & mask;
    }
    return place;
  }

  #makeRoom(): boolean {
    if (this.#uses >= this.#maximumUses) return this.#close();
    if (this.#uses + 1 >= this.#operations.length) {
      this.#operations = doubled(this.#operations);
      this.#before = doubled(this.#before);
    }
    if (this.#taken < this.#places * fullness) return true;
    if (this.#places >= placesAtMost) return this.#close();
    this.#spread(this.#places * growth);
    return true;
  }

  #close(): false {
    this.#full = true;
    return false;
  }

  #spread(places: number): void {
    const [first, second, last] = [this.#firstHash, this.#secondHash, this.#last];
    this.#places = places;
    this.#firstHash = new Uint32Array(places);
    this.#secondHash = new Uint32Array(places);
    this.#last = new Uint32Array(places);
    for (const [from, hash] of first.entries()) {
      if (hash === 0) continue;
      const to = this.#find(hash, second[from] ?? 0);
      this.#firstHash[to] = hash;
      this.#secondHash[to] = second[from] ?? 0;
      this.#last[to] = last[from] ?? 0;
    }
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2);
  copy.set(array);
  return copy;
}
