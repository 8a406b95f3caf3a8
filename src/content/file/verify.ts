import { zeroBlockHash } from '../merkle/zeros.ts';
import { pageFanOut } from '../version.ts';
import { clearBit, hasBit } from '../map/bits.ts';
import { slotCount, slotHash, type Slot } from '../map/slot.ts';
import type { FileState } from './file-state.ts';

// After a crash of the machine the disk may lack bytes that the map says are there. So residency of an earlier era is believed only once
// the blocks have been hashed, a page's worth at a time, before anybody sees them.

const underWay = new WeakMap<Slot, Promise<void>>();

/** Checks the resident blocks of a page from before the last unclean stop. Concurrent calls share the work. */
export function verifySlot(state: FileState, slot: Slot): Promise<void> {
  let work = underWay.get(slot);
  if (!work) {
    work = check(state, slot).finally(() => underWay.delete(slot));
    underWay.set(slot, work);
  }
  return work;
}

async function check(state: FileState, slot: Slot): Promise<void> {
  const blocks = residentBlocks(state, slot);
  const hashes = await hashesOnDisk(state, blocks);
  blocks.forEach((block, at) => {
    const child = block % pageFanOut;
    if (state.dirty.has(block) || hashes[at]?.equals(slotHash(slot, child))) return;
    clearBit(slot.resident, child);
    // A block of nothing but zeros is one that never came to the disk: a peer may have it, and must not get the zeros in its place.
    const isEmpty = hashes[at]?.equals(zeroBlockHash(lengthInBase(state, block))) ?? true;
    if (!state.salvaging || isEmpty) reportDamage(state, block);
    else if (state.intent?.unclean) noteDoubt(state, block);
    else keepAsChange(state, block);
  });
  slot.era = state.context.era;
  slot.unsaved = 'all';
}

export function residentBlocks(state: FileState, slot: Slot): number[] {
  const blocks: number[] = [];
  for (let child = 0; child < slotCount(slot); child += 1) {
    const block = slot.index * pageFanOut + child;
    if (hasBit(slot.resident, child) && state.isOfBase(block)) blocks.push(block);
  }
  return blocks;
}

export async function hashesOnDisk(state: FileState, blocks: readonly number[]): Promise<Buffer[]> {
  const { context, blockSize } = state;
  const lengths = blocks.map((block) => lengthInBase(state, block));
  const descriptor = state.backing.descriptor();
  if (!descriptor) return lengths.map(zeroBlockHash);
  context.descriptors.retain(descriptor);
  try {
    const pieces = blocks.map((block, at) => ({
      position: block * blockSize,
      length: lengths[at]!,
    }));
    return await context.hashing.hash(descriptor.number, pieces);
  } finally {
    context.descriptors.release(descriptor);
  }
}

export function lengthInBase({ blockSize, manifest }: FileState, block: number): number {
  return Math.min(blockSize, manifest.geometry.size - block * blockSize);
}

function reportDamage(state: FileState, block: number): void {
  const fields = { file: state.file, block };
  state.context.logger.warn(fields, 'a block did not survive the crash and will be fetched again');
}

/** It may be what was written here last, or what the power left of it: see salvage.ts. */
function noteDoubt(state: FileState, block: number): void {
  const { file } = state;
  state.context.journal.append({ kind: 'unflushed', file, first: block, count: 1 });
}

/** It is hashed again when it is published: the file's end, and with it the block's length, may be another by then. */
export function keepAsChange(state: FileState, block: number): void {
  const { file } = state;
  state.context.journal.append({ kind: 'blocks', file, first: block, count: 1, zeros: false });
  state.dirty.touch(block);
}
