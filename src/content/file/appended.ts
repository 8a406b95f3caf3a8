import type { Version } from '../version.ts';
import type { FileState } from './file-state.ts';
import type { RecentChange } from './recent-changes.ts';
import { noteTouched, touchBytes } from './write.ts';

// What processes appended belongs at the end of the file. When another version comes that is longer than the one to which it was
// appended, it goes behind what that has, so that two who append to one file lose nothing of each other's.

/** More is not moved but laid over the other version like any other write: moving reads and writes it while requests wait. */
const maximumMovedBytes = 1024 * 1024;

/** The run of bytes that was only appended, over the recent versions and what has no version yet; undefined when there is none. */
export function appendedSince(
  state: FileState,
  formerSize: number,
  changes: readonly RecentChange[],
): { readonly from: number; readonly length: number } | undefined {
  const length = state.size - formerSize;
  const isAppended =
    changes.every(({ from, to, appended }) => appended || from.size === to.size) &&
    (state.size === state.manifest.geometry.size ||
      state.appendedFrom === state.manifest.geometry.size);
  return isAppended && length > 0 && length <= maximumMovedBytes
    ? { from: formerSize, length }
    : undefined;
}

/** False when a block on the way cannot be told apart: then nothing has happened. */
export function moveBehind(
  state: FileState,
  { from, length }: { readonly from: number; readonly length: number },
  version: Version,
): boolean {
  const boundary = Math.floor(from / state.blockSize);
  if (state.dirty.has(boundary) && !state.dirty.extentsOf(boundary)) return false;
  const bytes = Buffer.alloc(length);
  state.backing.readWaiting(bytes, from);
  const end = version.size + length;
  const span = {
    first: Math.floor(version.size / state.blockSize),
    last: Math.ceil(end / state.blockSize) - 1,
  };
  noteTouched(state, span);
  state.backing.write(state.backing.made(state.size), bytes, version.size);
  // Where it was is the other version's now.
  state.dirty.cutFrom(boundary, from % state.blockSize);
  for (let block = span.first; block <= span.last; block += 1) {
    touchBytes(state, block, version.size, end);
  }
  state.setSize(Math.max(state.size, end));
  state.appendedFrom = version.size;
  return true;
}
