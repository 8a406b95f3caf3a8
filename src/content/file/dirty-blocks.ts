import { addExtent, type Extent } from './extents.ts';

/** One attempt to hash one block. */
export type HashingTicket = number;

/** Blocks changed here since the last version, with the hashes of those that were hashed after their last change. */
export class DirtyBlocks {
  readonly #hashes = new Map<number, Buffer | null>();
  readonly #beingHashed = new Map<number, HashingTicket>();
  #lastTicket: HashingTicket = 0;
  /** Of blocks that were changed in parts. */
  readonly #extents = new Map<number, readonly Extent[]>();
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

  /**
   * Bytes `from` to `to` of it changed, or as far as anybody knows all of it: a hash that is being computed counts no more. An empty
   * range says that only its length did.
   */
  touch(block: number, from = 0, to = Infinity): void {
    this.#noteExtent(block, from, to);
    if (this.#hashes.get(block) !== null) this.#unhashed += 1;
    this.#hashes.set(block, null);
    this.#beingHashed.delete(block);
  }

  /** The bytes of a dirty block that were changed; undefined when that is all of them. */
  extentsOf(block: number): readonly Extent[] | undefined {
    return this.#extents.get(block);
  }

  #noteExtent(block: number, from: number, to: number): void {
    const known = this.#hashes.has(block) ? this.#extents.get(block) : [];
    const extents = to === Infinity ? undefined : known && addExtent(known, { from, to });
    if (extents) this.#extents.set(block, extents);
    else this.#extents.delete(block);
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

  /** Says which reading of the block the hash will be of: there may be an older one under way that was overtaken by a change. */
  startHashing(block: number): HashingTicket {
    const ticket = ++this.#lastTicket;
    this.#beingHashed.set(block, ticket);
    return ticket;
  }

  stopHashing(block: number, ticket: HashingTicket): void {
    if (this.#beingHashed.get(block) === ticket) this.#beingHashed.delete(block);
  }

  /** Ignored when the block was touched since `startHashing`. */
  finishHashing(block: number, ticket: HashingTicket, hash: Buffer): void {
    if (this.#beingHashed.get(block) === ticket) this.setHash(block, hash);
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
    this.#extents.delete(block);
    this.#beingHashed.delete(block);
  }

  /** Only what was changed before this byte of the block is a change; of later blocks nothing is. */
  cutFrom(block: number, byte: number): void {
    const left = this.#extents.get(block)?.filter(({ from }) => from < byte) ?? [];
    this.deleteFrom(left.length > 0 ? block + 1 : block);
    if (left.length === 0) return;
    this.delete(block);
    for (const { from, to } of left) this.touch(block, from, Math.min(to, byte));
  }

  deleteFrom(block: number): void {
    for (const other of this.#hashes.keys()) if (other >= block) this.delete(other);
  }

  clear(): void {
    this.#hashes.clear();
    this.#extents.clear();
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
