/**
 * A bounded cache of two generations: what was used since the last turn survives it, the rest goes. Finding costs one or two map
 * look-ups and no bookkeeping per use.
 */
export class GenerationCache<Key, Value> {
  readonly #limit: number;
  #young = new Map<Key, Value | undefined>();
  #old = new Map<Key, Value | undefined>();

  constructor(limit: number) {
    this.#limit = Math.max(1, Math.floor(limit / 2));
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#limit) this.#turn();
    this.#young.set(key, value);
  }

  /**
   * Empties the key's place and keeps it until the next turn: V8's maps keep what is deleted in its chain until they grow, so that
   * deleting and setting one key again and again makes finding it slower and slower.
   */
  delete(key: Key): void {
    if (this.#young.has(key)) this.#young.set(key, undefined);
    if (this.#old.has(key)) this.#old.set(key, undefined);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
