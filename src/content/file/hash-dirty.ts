import type { FileState } from './file-state.ts';

/** Completed blocks are hashed in the background in batches of this many, so that publishing a large file has little left to do. */
const backgroundBatch = 64;

/** Blocks whose last byte was just written are probably finished: a sequential writer does not come back to them. */
export function hashCompleted(state: FileState, position: number, end: number): void {
  const first = Math.floor(position / state.blockSize);
  const afterLast = Math.floor(end / state.blockSize);
  for (let block = first; block < afterLast; block += 1) state.completed.push(block);
  if (state.completed.length < backgroundBatch) return;
  const blocks = state.completed
    .splice(0)
    .filter((block) => state.dirty.has(block) && !state.dirty.hashOf(block));
  // A failure here comes back when publishing hashes them again.
  hashInWorkers(state, [...new Set(blocks)]).catch(() => undefined);
}

/** Hashes dirty blocks in the worker threads. Those that are written meanwhile stay without a hash. */
export async function hashInWorkers(state: FileState, blocks: readonly number[]): Promise<void> {
  const descriptor = state.backing.descriptor();
  if (!descriptor || blocks.length === 0) return;
  const pieces = blocks.map((block) => ({
    position: block * state.blockSize,
    length: state.lengthOf(block),
  }));
  const tickets = blocks.map((block) => state.dirty.startHashing(block));
  state.context.descriptors.retain(descriptor);
  state.users += 1;
  try {
    const hashes = await state.context.hashing.hash(descriptor.number, pieces);
    blocks.forEach((block, piece) =>
      state.dirty.finishHashing(block, tickets[piece]!, hashes[piece]!),
    );
  } catch (error) {
    blocks.forEach((block, piece) => state.dirty.stopHashing(block, tickets[piece]!));
    throw error;
  } finally {
    state.users -= 1;
    state.context.descriptors.release(descriptor);
  }
}
