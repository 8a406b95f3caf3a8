import type { Slot } from './slot.ts';

/** Whoever can do without a slot in memory: writes it to its map file if needed and forgets it. */
export interface SlotOwner {
  evict(slot: Slot): void;
}

/** Bounds the manifest pages in memory over all files, about 8 KiB each. */
export class SlotCache {
  readonly #maximum: number;
  readonly #owners = new Map<Slot, SlotOwner>();

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  add(slot: Slot, owner: SlotOwner): void {
    this.#owners.set(slot, owner);
    if (this.#owners.size > this.#maximum) this.#evict(slot);
  }

  remove(slot: Slot): void {
    this.#owners.delete(slot);
  }

  #evict(newest: Slot): void {
    let candidates = this.#owners.size;
    for (const [slot, owner] of this.#owners) {
      if (this.#owners.size <= this.#maximum || candidates <= 0) return;
      candidates -= 1;
      this.#owners.delete(slot);
      if (!slot.recent && slot !== newest) {
        owner.evict(slot);
        continue;
      }
      slot.recent = false;
      this.#owners.set(slot, owner);
    }
  }
}
