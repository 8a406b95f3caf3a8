import { ContentUnavailable } from '../content-store.ts';
import type { Extent } from './extents.ts';
import type { FileState } from './file-state.ts';
import { bring } from './residency.ts';

/** Writers wait while blocks are merged, so not for longer than this in all. */
const mergeMs = 2_000;

/** Blocks that are brought and merged for one new version; of further ones the local bytes win as a whole. */
const maximumMergedBlocks = 256;

interface LocalPiece {
  readonly position: number;
  readonly bytes: Buffer;
}

/**
 * Lays the bytes written here over the new base's block, for blocks of which only parts were written: otherwise what others changed in the
 * same block would be undone without anybody having meant it. A block that cannot be had stays as it is here, and what others changed
 * in it is lost as if it had been overwritten.
 */
export async function mergeChangedBlocks(
  state: FileState,
  formerHash: (block: number) => Buffer | undefined,
): Promise<void> {
  const parts = [...state.dirty.blocks()].filter((block) => state.dirty.extentsOf(block));
  const hashes = new Map(parts.map((block) => [block, formerHash(block)]));
  const late = new AbortController();
  const cancel = state.context.clock.after(mergeMs, () =>
    late.abort(new ContentUnavailable('no peer was quick enough')),
  );
  for (const block of parts.slice(0, maximumMergedBlocks)) {
    const extents = state.dirty.extentsOf(block);
    if (!extents || block >= state.baseBlocks) continue;
    const now = state.manifest.hashOf(block);
    if (now && hashes.get(block)?.equals(now)) continue;
    await merge(state, block, extents, late.signal);
  }
  cancel();
}

async function merge(
  state: FileState,
  block: number,
  extents: readonly Extent[],
  late: AbortSignal,
): Promise<void> {
  const whole = readPiece(state, block, { from: 0, to: state.lengthOf(block) });
  const pieces = extents.map((extent) => readPiece(state, block, extent));
  state.dirty.delete(block);
  try {
    await bring(state, { first: block, last: block }, late);
    putBack(state, pieces);
  } catch (error) {
    putBack(state, [whole]);
    if (!(error instanceof ContentUnavailable)) throw error;
    const fields = { file: state.file, block };
    state.context.logger.warn(fields, 'a block that others changed too could not be merged');
  }
  for (const { from, to } of extents) state.dirty.touch(block, from, to);
  if (extents.length === 0) state.dirty.touch(block, 0, 0);
}

function readPiece(state: FileState, block: number, { from, to }: Extent): LocalPiece {
  const position = block * state.blockSize + from;
  const end = Math.min(state.size, block * state.blockSize + to);
  const bytes = Buffer.alloc(Math.max(0, end - position));
  state.backing.readWaiting(bytes, position);
  return { position, bytes };
}

function putBack(state: FileState, pieces: readonly LocalPiece[]): void {
  const descriptor = state.backing.made(state.size);
  for (const { position, bytes } of pieces) state.backing.write(descriptor, bytes, position);
}
