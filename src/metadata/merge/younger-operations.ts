import { visitUsed } from '../state/applied-record.ts';
import { changeCode, isChangeKey, type TreeKey } from '../state/tree-key.ts';
import type { Trace } from '../state/tree-transaction.ts';
import { hashBytes, hashText, type Use, use } from './key-hash.ts';
import type { MergeLimits } from './limits.ts';
import { UseIndex } from './use-index.ts';

/** Where an operation stands in the order of all that are noted: the number of those before it. */
export type Rank = number;

/** What an operation looked at and did, or what is stored of that. */
export interface Used extends Pick<Trace, 'writes'> {
  readonly reads: Iterable<TreeKey>;
  readonly touches: Iterable<TreeKey>;
}

/** Whether to go on. */
type Found = (rank: Rank) => boolean;

const state = {
  /** It is in the tree and counts. */
  standing: 0,
  /** It is in the tree and is to be undone. */
  leaving: 3,
  /** It was undone and is to be done again. */
  undone: 1,
  /** It is in the tree, and older than everything that is still to come. */
  over: 2,
} as const;

const stampBytes = 12;
const operationsAtFirst = 1024;

/**
 * The applied operations that are younger than the oldest of those that are being brought in, with what they used: 13 bytes for each,
 * beside an index of bounded size. When there are too many for that, all are taken to collide with whatever is older.
 */
export class YoungerOperations {
  readonly #index: UseIndex;
  #count = 0;
  #stamps = Buffer.alloc(operationsAtFirst * stampBytes);
  #states = new Uint8Array(operationsAtFirst);
  /** None before this one is undone. */
  #firstUndone = 0;
  #firstLeaving = 0;
  #lastLeaving = -1;
  /** None after this one stands. */
  #lastStanding = -1;

  constructor({ uses }: MergeLimits) {
    this.#index = new UseIndex(uses);
  }

  get count(): number {
    return this.#count;
  }

  /** Notes what follows all that was noted, by what is stored of it. */
  noteRecord(stampText: string, bytes: Buffer): void {
    const rank = this.#add(stampText, state.standing);
    const note = (by: Use) => (start: number, end: number) => {
      if (bytes[start + 8] === changeCode) return;
      hashBytes(bytes, start, end, by);
      this.#index.note(rank);
    };
    visitUsed(bytes, note(use.read), note(use.touch), note(use.write));
  }

  /** The same, of one that was just performed. */
  note(stampText: string, used: Used): void {
    this.#noteUses(this.#add(stampText, state.standing), used);
  }

  /** Notes one that was performed on a tree that is to be replaced: in the one to come it is not done yet. */
  noteUndone(stampText: string): void {
    const rank = this.#add(stampText, state.undone);
    this.#firstUndone = Math.min(this.#firstUndone, rank);
  }

  stampOf(rank: Rank): string {
    return this.#stamps.toString('latin1', rank * stampBytes, (rank + 1) * stampBytes);
  }

  /**
   * Whether some stand in the way of doing an operation now as if it had been done at its place: they wrote what it read, or read or
   * wrote what it wrote.
   */
  collide(stampText: string, used: Used): boolean {
    let any = false;
    this.#visitColliding(stampText, used, () => {
      any = true;
      return false;
    });
    return any;
  }

  /** Those in the way are to leave the tree; false when there are none. */
  markColliding(stampText: string, used: Used): boolean {
    this.#firstLeaving = this.#count;
    this.#lastLeaving = -1;
    this.#visitColliding(stampText, used, this.#markLeaving);
    return this.#lastLeaving >= 0;
  }

  /** So are those whose outcome would be another without `rank`: they used what it wrote. */
  markDepending(rank: Rank, { touches, writes }: Omit<Used, 'reads'>): void {
    if (this.#index.isFull) this.#visitAll(rank + 1, this.#markLeaving);
    else this.#visitThoseWhoUsed(touches, writes, rank + 1, this.#markLeaving);
  }

  /** The oldest that is to leave, from `rank` on. */
  leavingFrom(rank: Rank): Rank | undefined {
    for (let next = Math.max(rank, this.#firstLeaving); next <= this.#lastLeaving; next += 1) {
      if (this.#states[next] === state.leaving) return next;
    }
    return undefined;
  }

  /** The youngest that is to leave. */
  lastLeaving(): Rank | undefined {
    for (; this.#lastLeaving >= this.#firstLeaving; this.#lastLeaving -= 1) {
      if (this.#states[this.#lastLeaving] === state.leaving) return this.#lastLeaving;
    }
    return undefined;
  }

  markUndone(rank: Rank): void {
    this.#states[rank] = state.undone;
    this.#firstUndone = Math.min(this.#firstUndone, rank);
  }

  /** The oldest that is to be done again. */
  nextUndone(): Rank | undefined {
    while (this.#firstUndone < this.#count && this.#states[this.#firstUndone] !== state.undone) {
      this.#firstUndone += 1;
    }
    return this.#firstUndone < this.#count ? this.#firstUndone : undefined;
  }

  /** It was done again, and everything that is brought in from now on is younger. */
  markOver(rank: Rank): void {
    this.#states[rank] = state.over;
  }

  /** It was done again, before others that are older. */
  markStanding(rank: Rank, used: Used): void {
    this.#states[rank] = state.standing;
    this.#lastStanding = Math.max(this.#lastStanding, rank);
    this.#noteUses(rank, used);
  }

  #add(stampText: string, as: number): Rank {
    const rank = this.#count;
    if (rank > 0 && this.stampOf(rank - 1) >= stampText) throw new Error('operations in no order');
    if (rank === this.#states.length) this.#grow();
    this.#stamps.write(stampText, rank * stampBytes, 'latin1');
    this.#states[rank] = as;
    if (as === state.standing) this.#lastStanding = rank;
    this.#count += 1;
    return rank;
  }

  #grow(): void {
    const stamps = Buffer.alloc(this.#stamps.length * 2);
    stamps.set(this.#stamps);
    const states = new Uint8Array(this.#states.length * 2);
    states.set(this.#states);
    [this.#stamps, this.#states] = [stamps, states];
  }

  #noteUses(rank: Rank, { reads, touches, writes }: Used): void {
    for (const key of reads) if (!writes.has(key)) this.#noteUse(rank, key, use.read);
    for (const key of touches) this.#noteUse(rank, key, use.touch);
    for (const key of writes.keys()) if (!isChangeKey(key)) this.#noteUse(rank, key, use.write);
  }

  #noteUse(rank: Rank, key: TreeKey, by: Use): void {
    hashText(key, by);
    this.#index.note(rank);
  }

  readonly #markLeaving: Found = (rank) => {
    this.#states[rank] = state.leaving;
    this.#firstLeaving = Math.min(this.#firstLeaving, rank);
    this.#lastLeaving = Math.max(this.#lastLeaving, rank);
    return true;
  };

  #visitColliding(stampText: string, { reads, touches, writes }: Used, found: Found): void {
    const from = this.#firstAfter(stampText);
    if (from === this.#count) return;
    if (this.#index.isFull) return this.#visitAll(from, found);
    for (const key of reads) {
      if (writes.has(key)) continue;
      this.#visit(key, use.write, from, found);
      this.#visit(key, use.touch, from, found);
    }
    this.#visitThoseWhoUsed(touches, writes, from, found);
  }

  #visitThoseWhoUsed(
    touches: Used['touches'],
    writes: Used['writes'],
    from: Rank,
    found: Found,
  ): void {
    for (const key of touches) this.#visit(key, use.read, from, found);
    for (const key of writes.keys()) {
      if (isChangeKey(key)) continue;
      this.#visit(key, use.write, from, found);
      this.#visit(key, use.read, from, found);
    }
  }

  #visit(key: TreeKey, by: Use, from: Rank, found: Found): void {
    this.#index.visit(key, by, this.#isOver, (rank) => rank >= from && found(rank));
  }

  /** When the index could not take them all. */
  #visitAll(from: Rank, found: Found): void {
    while (this.#lastStanding >= from && this.#isOver(this.#lastStanding)) this.#lastStanding -= 1;
    for (let rank = from; rank <= this.#lastStanding; rank += 1) {
      if (!this.#isOver(rank) && !found(rank)) return;
    }
  }

  readonly #isOver = (rank: Rank) => this.#states[rank] !== state.standing;

  #firstAfter(stampText: string): Rank {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.stampOf(middle) > stampText) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
