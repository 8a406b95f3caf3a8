import { zeroBlockHash } from '../merkle/zeros.ts';
import type { FileState } from './file-state.ts';

/** See OpenContent.seek. Holes are known to the block; a block that is not here counts as data unless its hash says zeros. */
export function seek(
  state: FileState,
  position: number,
  what: 'data' | 'hole',
): number | undefined {
  if (position >= state.size) return undefined;
  for (let block = Math.floor(position / state.blockSize); block < state.shape.blocks;) {
    const hole = holeAt(state, block);
    if (hole > 0 === (what === 'hole')) return Math.max(position, block * state.blockSize);
    block += Math.max(1, hole);
  }
  return what === 'hole' ? state.size : undefined;
}

/** How many blocks from this one on are known at once to be in the same hole; 0 for data. */
function holeAt(state: FileState, block: number): number {
  const zeros = zeroBlockHash(state.lengthOf(block));
  if (state.dirty.has(block)) return state.dirty.hashOf(block)?.equals(zeros) ? 1 : 0;
  if (block >= state.baseBlocks) return untilChange(state, block, state.shape.blocks);
  const known = state.manifest.zerosFrom(block);
  if (known > 1) return untilChange(state, block, Math.min(block + known, state.baseBlocks));
  return state.manifest.hashOf(block)?.equals(zeros) ? 1 : 0;
}

function untilChange(state: FileState, block: number, end: number): number {
  return Math.min(end, state.dirty.next(block) ?? end) - block;
}
