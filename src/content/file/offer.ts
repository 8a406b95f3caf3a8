import { hashLength } from '../../crypto/hash.ts';
import type { BlockLocation, BlockOffer, BlockQuery, PageQuery } from '../content-store.ts';
import { pageOfBlock } from '../merkle/geometry.ts';
import type { FileState } from './file-state.ts';

/** See ContentStore.offer: whatever version is asked for, a block with that hash is the right one. */
export function offer(state: FileState, query: BlockQuery): BlockOffer {
  const count = Math.floor(query.hashes.length / hashLength);
  return Array.from({ length: count }, (_, at) => {
    const wanted = query.hashes.subarray(at * hashLength, (at + 1) * hashLength);
    return locate(state, query.blockSize, query.firstBlock + at, wanted);
  });
}

function locate(
  state: FileState,
  blockSize: number,
  block: number,
  wanted: Buffer,
): BlockLocation | null {
  if (blockSize !== state.blockSize || !state.isOfBase(block)) return null;
  if (!state.manifest.isResident(block)) return null;
  if (!state.manifest.hashOf(block)?.equals(wanted)) return null;
  const { descriptors } = state.context;
  const descriptor = state.backing.descriptor();
  if (!descriptor) return null;
  descriptors.retain(descriptor);
  const position = block * blockSize;
  const length = Math.min(blockSize, state.manifest.geometry.size - position);
  let released = false;
  return {
    descriptor: descriptor.number,
    position,
    length,
    hash: wanted,
    release() {
      if (!released) descriptors.release(descriptor);
      released = true;
    },
  };
}

/** See ContentStore.page. */
export function page(state: FileState, { level, index, hash }: PageQuery): Buffer | undefined {
  const isInTree = level < state.manifest.geometry.levels && pageOfBlock(index) >= 0;
  const current = isInTree ? state.manifest.page(level, index) : undefined;
  if (current?.pageHash.equals(hash)) return current.hashes;
  const stored = state.manifest.stored(level, index);
  return stored?.pageHash.equals(hash) && stored.hashes.length > hashLength
    ? stored.hashes
    : undefined;
}
