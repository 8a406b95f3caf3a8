import { native } from '../../platform/native.ts';
import { pageOfBlock } from '../merkle/geometry.ts';
import { pageFanOut } from '../version.ts';
import type { Slot } from '../map/slot.ts';
import type { FileState } from './file-state.ts';
import { bringLost, keepWhatIsThere, lookForLost } from './lost-blocks.ts';
import { keepAsChange, residentBlocks, verifySlot } from './verify.ts';
import { noteAllChanges } from './write.ts';

/**
 * After an unclean stop in the middle of changes, the bytes on the disk are the best copy there is, unless a peer had got the version's
 * own before. Whatever differs from the map and nobody has becomes a local change. Cost: hashing all that is resident. Only in the
 * file's turn; rejects with MergePending while peers are asked.
 */
export async function salvage(state: FileState): Promise<void> {
  await verifyAll(state);
  if (state.intent?.unclean) {
    await lookForLost(state);
    bringLost(state);
    // Nobody has what is still missing: pages of a publication that was cut short are the best that there is.
    state.manifest.recovering = true;
  }
  for (const slot of slotsOf(state)) keepPageOfLostVersion(state, slot);
  await keepWhatIsThere(state);
  keepBytesOfLostPages(state);
  state.salvaging = false;
  forgetIntent(state);
}

async function verifyAll(state: FileState): Promise<void> {
  for (const slot of slotsOf(state)) {
    if (state.manifest.isSuspect(slot)) await verifySlot(state, slot);
  }
}

function* slotsOf(state: FileState): Generator<Slot> {
  const { manifest } = state;
  if (manifest.geometry.levels === 0) {
    const only = manifest.leaf(0);
    if (only) yield only;
    return;
  }
  for (
    let index = manifest.map.nextLeafSlot(0);
    index !== undefined;
    index = manifest.map.nextLeafSlot(index + 1)
  ) {
    if (index * pageFanOut >= state.baseBlocks) return;
    const slot = manifest.page(0, index);
    if (slot) yield slot;
  }
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
    const isOwn = state.dirty.has(block) || isListed(state, block);
    if (!isOwn && !isWhollyThere(state, descriptor.number, block)) return;
  }
  state.baseBlocks = first;
  touchBytesFrom(state, first);
  noteAllChanges(state);
  state.noteChange();
  state.fetcher.arrived();
}

/** Written here, and maybe not on the disk itself. */
export function isListed({ intent }: FileState, block: number): boolean {
  return intent?.unflushed.some(({ first, end }) => first <= block && block < end) ?? false;
}

/** All of which there are bytes; between them are zeros. */
export function touchBytesFrom(state: FileState, first: number): void {
  const descriptor = state.backing.descriptor();
  if (!descriptor) return;
  for (let block = first; block < state.shape.blocks; block += 1) {
    const data = native.seekData(descriptor.number, block * state.blockSize);
    if (data < 0) return;
    block = Math.max(block, Math.floor(data / state.blockSize));
    if (block < state.shape.blocks) state.dirty.touch(block);
  }
}

function isWhollyThere(state: FileState, descriptor: number, block: number): boolean {
  const start = block * state.blockSize;
  return native.seekHole(descriptor, start) >= start + state.lengthOf(block);
}

export function firstLostPage({ manifest, baseBlocks }: FileState): number | undefined {
  if (manifest.geometry.levels === 0 || baseBlocks === 0) return undefined;
  for (let page = 0; page <= pageOfBlock(baseBlocks - 1); page += 1) {
    if (!manifest.page(0, page)) return page;
  }
  return undefined;
}

/** What was found on the disk after the machine stopped needs no flush any more. */
function forgetIntent(state: FileState): void {
  if (state.ahead || !state.intent) return;
  state.context.journal.append({ kind: 'done', file: state.file });
}
