import { hashLength } from '../../crypto/hash.ts';
import type { Bits } from './bits.ts';
import type { SlotBytes } from './map-format.ts';

/** A manifest page in memory. */
export interface Slot extends SlotBytes {
  readonly level: number;
  readonly index: number;
  readonly resident: Bits;
  era: number;
  adoptions: number;
  /** The manifest's epoch in which this page was found to belong to the current version. */
  epoch: number;
  /** What of it the map file lacks. */
  unsaved: 'nothing' | 'head' | 'all';
  /** Used since eviction last passed by. */
  recent: boolean;
}

export function slotHash(slot: Slot, child: number): Buffer {
  return slot.hashes.subarray(child * hashLength, (child + 1) * hashLength);
}

export function slotCount(slot: SlotBytes): number {
  return slot.hashes.length / hashLength;
}
