import type { FileState } from './file-state.ts';
import { isReady, prepare, type PlannedChange } from './prepare-change.ts';
import { growingTail, noteTouched, touch } from './write.ts';

/** See OpenContent.truncate. */
export function truncate(state: FileState, size: number): void | Promise<void> {
  if (state.turns.idle) {
    if (size === state.size) return undefined;
    if (isReady(state, planResize(state, size))) return applyResize(state, size);
  }
  return state.turns.take(async () => {
    if (size === state.size) return;
    const done = await prepare(state, planResize(state, size));
    try {
      applyResize(state, size);
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

function applyResize(state: FileState, size: number): void {
  const tail = resizedTail(state, size);
  const blocks = Math.ceil(size / state.blockSize);
  // Without blocks the record says only that the size changed.
  if (tail === undefined) {
    state.context.journal.append({ kind: 'blocks', file: state.file, first: blocks, count: 0 });
  } else noteTouched(state, spanAt(tail));
  state.backing.made(state.size);
  if (size < state.size) cut(state, blocks, tail);
  state.backing.resize(size);
  state.setSize(size);
  if (tail !== undefined) touch(state, tail);
  state.noteChange();
}

function cut(state: FileState, blocks: number, tail: number | undefined): void {
  if (blocks < state.baseBlocks) {
    state.context.journal.append({ kind: 'cut', file: state.file, block: blocks });
    state.baseBlocks = blocks;
  }
  state.dirty.deleteFrom(blocks);
  state.manifest.forgetResidencyFrom(tail ?? blocks);
}
