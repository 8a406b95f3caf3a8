import { native } from '../../platform/native.ts';
import { zeroBlockHash } from '../merkle/zeros.ts';
import { pageFanOut } from '../version.ts';
import { clearBit, hasBit } from '../map/bits.ts';
import { slotCount, slotHash, type Slot } from '../map/slot.ts';
import type { FileState } from './file-state.ts';
import { noteAllChanges } from './write.ts';

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
    else keepAsChange(state, block);
  });
  slot.era = state.context.era;
  slot.unsaved = 'all';
}

function residentBlocks(state: FileState, slot: Slot): number[] {
  const blocks: number[] = [];
  for (let child = 0; child < slotCount(slot); child += 1) {
    const block = slot.index * pageFanOut + child;
    if (hasBit(slot.resident, child) && state.isOfBase(block)) blocks.push(block);
  }
  return blocks;
}

async function hashesOnDisk(state: FileState, blocks: readonly number[]): Promise<Buffer[]> {
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

function lengthInBase({ blockSize, manifest }: FileState, block: number): number {
  return Math.min(blockSize, manifest.geometry.size - block * blockSize);
}

function reportDamage(state: FileState, block: number): void {
  const fields = { file: state.file, block };
  state.context.logger.warn(fields, 'a block did not survive the crash and will be fetched again');
}

/** It is hashed again when it is published: the file's end, and with it the block's length, may be another by then. */
function keepAsChange(state: FileState, block: number): void {
  const { file } = state;
  state.context.journal.append({ kind: 'blocks', file, first: block, count: 1, zeros: false });
  state.dirty.touch(block);
}

/**
 * After an unclean stop in the middle of changes, the bytes on the disk are the best copy there is: whatever differs from the map
 * becomes a local change. Cost: hashing all that is resident.
 */
export async function salvage(state: FileState): Promise<void> {
  const { manifest } = state;
  for (
    let index = manifest.map.nextLeafSlot(0);
    index !== undefined;
    index = manifest.map.nextLeafSlot(index + 1)
  ) {
    if (index * pageFanOut >= state.baseBlocks) break;
    const slot = manifest.page(0, index);
    if (slot && manifest.isSuspect(slot)) await verifySlot(state, slot);
    if (slot) keepPageOfLostVersion(state, slot);
  }
  keepBytesOfLostPages(state);
  state.salvaging = false;
}

/** A page that no version here lists was made by a publication that the crash cut short: all that it has is a change. */
function keepPageOfLostVersion(state: FileState, slot: Slot): void {
  if (!state.manifest.isOutOfPlace(slot)) return;
  for (const block of residentBlocks(state, slot)) keepAsChange(state, block);
}

/**
 * A page that was being written when the power failed lists nothing any more. Where all bytes from there on are on this disk, or known to
 * have been written here, they are the best copy there is, and become a change; where some are missing, peers have to help.
 */
function keepBytesOfLostPages(state: FileState): void {
  const lost = firstLostPage(state);
  const descriptor = state.backing.descriptor();
  if (lost === undefined || !descriptor) return;
  const first = lost * pageFanOut;
  for (let block = first; block < state.shape.blocks; block += 1) {
    if (!state.dirty.has(block) && !isWhollyThere(state, descriptor.number, block)) return;
  }
  state.baseBlocks = first;
  for (let block = first; block < state.shape.blocks; block += 1) state.dirty.touch(block);
  noteAllChanges(state);
  state.noteChange();
}

function isWhollyThere(state: FileState, descriptor: number, block: number): boolean {
  const start = block * state.blockSize;
  return native.seekHole(descriptor, start) >= start + state.lengthOf(block);
}

export function firstLostPage({ manifest, baseBlocks }: FileState): number | undefined {
  if (manifest.geometry.levels === 0) return undefined;
  for (let page = 0; page * pageFanOut < baseBlocks; page += 1) {
    if (!manifest.page(0, page)) return page;
  }
  return undefined;
}
