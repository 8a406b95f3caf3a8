/** Blocks changed here since the last version, with the hashes of those that were hashed after their last change. */
export class DirtyBlocks {
  readonly #hashes = new Map<number, Buffer | null>();
  readonly #beingHashed = new Set<number>();
  #unhashed = 0;

  get size(): number {
    return this.#hashes.size;
  }

  get unhashed(): number {
    return this.#unhashed;
  }

  has(block: number): boolean {
    return this.#hashes.has(block);
  }

  hashOf(block: number): Buffer | undefined {
    return this.#hashes.get(block) ?? undefined;
  }

  blocks(): IterableIterator<number> {
    return this.#hashes.keys();
  }

  /** Its bytes changed: a hash that is being computed counts no more. */
  touch(block: number): void {
    if (this.#hashes.get(block) !== null) this.#unhashed += 1;
    this.#hashes.set(block, null);
    this.#beingHashed.delete(block);
  }

  /** Up to `maximum` blocks without a hash; those for which none is being computed first come. */
  withoutHash(maximum: number): number[] {
    const found: number[] = [];
    if (this.#unhashed === 0) return found;
    for (const [block, hash] of this.#hashes) {
      if (found.length >= maximum) break;
      if (hash === null && !this.#beingHashed.has(block)) found.push(block);
    }
    return found;
  }

  startHashing(block: number): void {
    this.#beingHashed.add(block);
  }

  stopHashing(block: number): void {
    this.#beingHashed.delete(block);
  }

  /** Ignored when the block was touched since `startHashing`. */
  finishHashing(block: number, hash: Buffer): void {
    if (this.#beingHashed.delete(block)) this.setHash(block, hash);
  }

  /** Its bytes are known to have this hash now. */
  setHash(block: number, hash: Buffer): void {
    if (this.#hashes.get(block) === null) this.#unhashed -= 1;
    this.#hashes.set(block, hash);
    this.#beingHashed.delete(block);
  }

  delete(block: number): void {
    if (this.#hashes.get(block) === null) this.#unhashed -= 1;
    this.#hashes.delete(block);
    this.#beingHashed.delete(block);
  }

  deleteFrom(block: number): void {
    for (const other of this.#hashes.keys()) if (other >= block) this.delete(other);
  }

  clear(): void {
    this.#hashes.clear();
    this.#beingHashed.clear();
    this.#unhashed = 0;
  }

  /** The first dirty block at or after `block`. */
  next(block: number): number | undefined {
    let found: number | undefined;
    for (const other of this.#hashes.keys()) {
      if (other >= block && (found === undefined || other < found)) found = other;
    }
    return found;
  }
}
