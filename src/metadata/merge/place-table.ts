/** Above this, finding a place takes ever more steps. */
const fullness = 0.75;

/** Places of keys, by two halves of their hash of which the first is never 0. Nothing is ever taken out. */
export class PlaceTable {
  /** A power of two. */
  readonly places: number;
  readonly #first: Uint32Array;
  readonly #second: Uint32Array;
  #taken = 0;
  /** What belongs to each place; 0 at first. */
  readonly last: Uint32Array;

  constructor(places: number) {
    this.places = places;
    this.#first = new Uint32Array(places);
    this.#second = new Uint32Array(places);
    this.last = new Uint32Array(places);
  }

  get isFull(): boolean {
    return this.#taken >= this.places * fullness;
  }

  has(first: number, second: number): boolean {
    return this.#first[this.#find(first, second)] !== 0;
  }

  /** The key's place, which it gets if it has none. */
  take(first: number, second: number): number {
    const place = this.#find(first, second);
    if (this.#first[place] === 0) {
      this.#first[place] = first;
      this.#second[place] = second;
      this.#taken += 1;
    }
    return place;
  }

  #find(first: number, second: number): number {
    const mask = this.places - 1;
    let place = first & mask;
    while (this.#first[place] !== 0) {
      if (this.#first[place] === first && this.#second[place] === second) return place;
      place = (place + 1) & mask;
    }
    return place;
  }
}
