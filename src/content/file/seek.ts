import { pageOfBlock } from '../merkle/geometry.ts';
import { zeroBlockHash, zeroNodeHash } from '../merkle/zeros.ts';
import { pageFanOut } from '../version.ts';
import type { FileState } from './file-state.ts';

/** See OpenContent.seek. Holes are known to the block; a block that is not here counts as data unless its hash says zeros. */
export function seek(
  state: FileState,
  position: number,
  what: 'data' | 'hole',
): number | undefined {
  if (position >= state.size) return undefined;
  for (let block = Math.floor(position / state.blockSize); block < state.shape.blocks;) {
    const hole = isHole(state, block);
    if (hole === (what === 'hole')) return Math.max(position, block * state.blockSize);
    block = hole ? skipHole(state, block) : block + 1;
  }
  return what === 'hole' ? state.size : undefined;
}

function isHole(state: FileState, block: number): boolean {
  const zeros = zeroBlockHash(state.lengthOf(block));
  if (state.dirty.has(block)) return state.dirty.hashOf(block)?.equals(zeros) ?? false;
  return block >= state.baseBlocks || (state.manifest.hashOf(block)?.equals(zeros) ?? false);
}

/** The next block that is not certainly in the same hole: large holes are passed by the page, or at once where nothing was written. */
function skipHole(state: FileState, block: number): number {
  if (block >= state.baseBlocks) return state.dirty.next(block + 1) ?? state.shape.blocks;
  const next = (pageOfBlock(block) + 1) * pageFanOut;
  if (block % pageFanOut !== 0 || next > state.baseBlocks) return block + 1;
  const isZeroPage = state.manifest.leaf(block)?.pageHash.equals(zeroNodeHash(state.blockSize, 0));
  const changed = state.dirty.next(block + 1);
  return isZeroPage && (changed === undefined || changed >= next) ? next : block + 1;
}
