import type { Reader } from '../content-store.ts';
import { noteRead } from '../fetch/read-ahead.ts';
import type { FileState } from './file-state.ts';
import { bring, firstAbsent, spanOf } from './residency.ts';

/** See OpenContent.read. */
export function read(
  state: FileState,
  position: number,
  target: Buffer,
  reader: Reader,
  readAheadMaximumBytes: number,
  signal?: AbortSignal,
): number | Promise<number> {
  const length = Math.min(target.length, state.size - position);
  if (length <= 0) return 0;
  const sequential = noteRead(reader, position, length, readAheadMaximumBytes);
  if (!sequential) state.fetcher.collapse(state);
  const absent = firstAbsent(state, spanOf(state.blockSize, position, length));
  if (absent !== undefined) {
    if (reader.window > 0) state.fetcher.follow(state, reader);
    return readWhenHere(state, position, target, signal);
  }
  if (reader.window > 0 && hasGapAhead(state, reader)) state.fetcher.follow(state, reader);
  return state.backing.read(target, length, position);
}

/** Looks at the near and the far end of the window only: as it moves on, every block is at its far end once. */
function hasGapAhead(state: FileState, reader: Reader): boolean {
  const near = Math.floor(reader.nextPosition / state.blockSize);
  const farByte = Math.min(state.size, reader.nextPosition + reader.window) - 1;
  const far = Math.floor(farByte / state.blockSize);
  return far >= near && !(state.isHere(near) && state.isHere(far));
}

async function readWhenHere(
  state: FileState,
  position: number,
  target: Buffer,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (;;) {
    // The file may have shrunk or another version may have come while we waited.
    const length = Math.min(target.length, state.size - position);
    if (length <= 0) return 0;
    const span = spanOf(state.blockSize, position, length);
    if (firstAbsent(state, span) === undefined) {
      return await state.backing.read(target, length, position);
    }
    await bring(state, span, signal);
  }
}
