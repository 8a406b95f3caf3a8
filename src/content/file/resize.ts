import type { FileState } from './file-state.ts';
import { inTurnUntilDone } from './newer-version.ts';
import { isReady, prepare, type PlannedChange } from './prepare-change.ts';
import { growingTail, noteGrowth, noteTouched } from './write.ts';

/** See OpenContent.truncate. */
export function truncate(state: FileState, size: number): void | Promise<void> {
  if (state.turns.idle) {
    if (size === state.size) return undefined;
    if (isReady(state, planResize(state, size))) return resizeInTurn(state, size);
  }
  return inTurnUntilDone(state, async () => {
    if (size === state.size) return;
    const done = await prepare(state, planResize(state, size));
    try {
      resizeInTurn(state, size);
    } finally {
      done();
    }
  });
}

function planResize(state: FileState, size: number): PlannedChange {
  const blocksAfter = Math.ceil(size / state.blockSize);
  const tail = resizedTail(state, size);
  const touched = tail === undefined ? { first: blocksAfter, last: blocksAfter - 1 } : spanAt(tail);
  const kept = tail !== undefined && state.isOfBase(tail) ? [tail] : [];
  return { touched, kept, blocksAfter, cutBlock: size < state.size ? blocksAfter : Infinity };
}

function spanAt(block: number): { first: number; last: number } {
  return { first: block, last: block };
}

/** The block whose length, and so whose hash, changes. */
function resizedTail(state: FileState, size: number): number | undefined {
  if (size > state.size) return growingTail(state, size);
  return size % state.blockSize === 0 ? undefined : Math.floor(size / state.blockSize);
}

/** To be called in the file's turn, when all that it needs is here. */
export function resizeInTurn(state: FileState, size: number): void {
  state.appendedFrom = undefined;
  const tail = resizedTail(state, size);
  if (tail !== undefined) noteTouched(state, spanAt(tail));
  state.backing.made(state.size);
  const grows = size > state.size;
  if (grows) noteGrowth(state, Math.ceil(size / state.blockSize));
  else cut(state, size);
  state.backing.resize(size);
  state.setSize(size);
  if (tail !== undefined) state.dirty.touch(tail, 0, grows ? 0 : Infinity);
  // Says that the size changed, and that a truncation is over.
  const end = { first: state.shape.blocks, count: 0, zeros: false };
  state.context.journal.append({ kind: 'blocks', file: state.file, ...end });
  state.noteChange();
}

function cut(state: FileState, size: number): void {
  const blocks = Math.ceil(size / state.blockSize);
  const { file } = state;
  if (blocks <= state.baseBlocks) {
    state.context.journal.append({ kind: 'cut', file, block: blocks, size });
    state.baseBlocks = blocks;
  }
  state.dirty.deleteFrom(blocks);
  state.manifest.forgetResidencyFrom(blocks);
}
