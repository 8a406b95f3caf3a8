import { hash } from '../../crypto/hash.ts';
import { pageOfBlock } from '../merkle/geometry.ts';
import { hasBit } from '../map/bits.ts';
import { slotHash } from '../map/slot.ts';
import { pageFanOut } from '../version.ts';
import { takeMappedWrites } from '../passthrough/mapped-writes.ts';
import type { FileState } from './file-state.ts';
import { verifySlot } from './verify.ts';

/** What `peerfuse check` says of one file. Missing blocks are no fault. */
export interface ContentFault {
  readonly kind: 'wrong-page' | 'wrong-block';
  readonly level: number;
  /** Of the page, or of the block. */
  readonly index: number;
}

/** Hashes every page and every resident block of the version. Yields to the event loop after each page's worth. */
export async function check(state: FileState): Promise<ContentFault[]> {
  if (state.mappedWrites) await state.turns.take(() => takeMappedWrites(state));
  const faults: ContentFault[] = [];
  const { geometry } = state.manifest;
  for (let level = geometry.levels - 1; level >= 0; level -= 1) {
    const pages = Math.ceil(geometry.blocks / pageFanOut ** (level + 1));
    for (let index = 0; index < pages; index += 1) {
      const slot = state.manifest.page(level, index);
      if (!slot) continue;
      if (!hash(slot.hashes).equals(slot.pageHash))
        faults.push({ kind: 'wrong-page', level, index });
    }
  }
  const pages = Math.ceil(geometry.blocks / pageFanOut);
  for (let page = 0; page < pages; page += 1) faults.push(...(await checkBlocks(state, page)));
  return faults;
}

async function checkBlocks(state: FileState, page: number): Promise<ContentFault[]> {
  const slot = state.manifest.page(0, page);
  const descriptor = state.backing.descriptor();
  if (!slot || !descriptor) return [];
  if (state.manifest.isSuspect(slot)) await verifySlot(state, slot);
  const blocks = Array.from({ length: pageFanOut }, (_, child) => page * pageFanOut + child).filter(
    (block) =>
      pageOfBlock(block) === page &&
      state.isOfBase(block) &&
      hasBit(slot.resident, block % pageFanOut),
  );
  const { descriptors, hashing } = state.context;
  descriptors.retain(descriptor);
  try {
    const pieces = blocks.map((block) => ({
      position: block * state.blockSize,
      length: state.lengthOf(block),
    }));
    const hashes = await hashing.hash(descriptor.number, pieces);
    return blocks
      .filter((block, at) => !hashes[at]!.equals(slotHash(slot, block % pageFanOut)))
      .map((index) => ({ kind: 'wrong-block', level: -1, index }));
  } finally {
    descriptors.release(descriptor);
  }
}
