import { ContentUnavailable, MergePending } from '../content-store.ts';
import type { Extent } from './extents.ts';
import type { FileState } from './file-state.ts';

/** Writers wait while blocks are merged, so not for longer than this in all. */
const mergeMs = 2_000;

/**
 * So long nothing is published over bytes that could not be had. Whoever made them has mostly gone on, and his next version, which has
 * them, is on its way. After that the local bytes win: what is here must be told at some time.
 */
const pendingMs = 10_000;

/** Blocks that are brought and merged for one new version; of further ones the local bytes win as a whole. */
const maximumMergedBlocks = 256;

/**
 * Lays the bytes written here over the new base's block, for blocks of which only parts were written: otherwise what others changed in the
 * same block would be undone without anybody having meant it. A block that cannot be had stays as it is here for now: see mergeRest.
 */
export async function mergeChangedBlocks(
  state: FileState,
  formerHash: (block: number) => Buffer | undefined,
  aside?: FileState,
): Promise<void> {
  const parts = [...state.dirty.blocks()].filter((block) => state.dirty.extentsOf(block));
  const hashes = new Map(parts.map((block) => [block, formerHash(block)]));
  const isChanged = (block: number): boolean => {
    const now = state.manifest.hashOf(block);
    return !now || !hashes.get(block)?.equals(now) || state.unmerged.has(block);
  };
  await mergeBlocks(state, () => parts.slice(0, maximumMergedBlocks).filter(isChanged), aside);
}

/** Before publishing: tries once more what could not be had when the version came. Rejects while it is too early to do without. */
export async function mergeRest(state: FileState): Promise<void> {
  const { waitSignal } = state;
  await mergeBlocks(state, () => [...state.unmerged]);
  waitSignal.throwIfAborted();
  const pendingSinceMs = state.context.clock.monotonicMs() - state.unmergedSinceMs;
  if (state.unmerged.size > 0 && pendingSinceMs < pendingMs) {
    throw new MergePending('what others changed in the same blocks cannot be had yet');
  }
}

async function mergeBlocks(
  state: FileState,
  blocks: () => readonly number[],
  aside?: FileState,
): Promise<void> {
  const late = new AbortController();
  const cancel = state.context.clock.after(mergeMs, () =>
    late.abort(new ContentUnavailable('no peer was quick enough')),
  );
  const signal = AbortSignal.any([late.signal, state.waitSignal]);
  for (const block of blocks()) {
    const extents = state.dirty.extentsOf(block);
    if (extents && block < state.baseBlocks) await merge(state, block, extents, signal, aside);
    else state.unmerged.delete(block);
  }
  cancel();
}

/** The block stays a local change all the time, and its place is written once: a crash in between loses nothing. */
async function merge(
  state: FileState,
  block: number,
  extents: readonly Extent[],
  signal: AbortSignal,
  aside: FileState | undefined,
): Promise<void> {
  try {
    const theirs =
      readAside(aside, block) ?? (await state.fetcher.fetchAside(state, block, signal));
    const merged = Buffer.alloc(Math.max(theirs.length, state.lengthOf(block)));
    theirs.copy(merged);
    for (const { from, to } of extents) readOwn(state, block, merged.subarray(from, to), from);
    const bytes = merged.subarray(0, state.lengthOf(block));
    state.backing.write(state.backing.made(state.size), bytes, block * state.blockSize);
    state.unmerged.delete(block);
  } catch (error) {
    if (!(error instanceof ContentUnavailable)) throw error;
    const { clock, logger } = state.context;
    if (state.unmerged.size === 0) state.unmergedSinceMs = clock.monotonicMs();
    state.unmerged.add(block);
    logger.debug({ file: state.file, block }, 'a block that others changed too is not merged yet');
  }
  for (const { from, to } of extents) state.dirty.touch(block, from, to);
  if (extents.length === 0) state.dirty.touch(block, 0, 0);
}

/** The block of the base, where that was brought before. */
function readAside(aside: FileState | undefined, block: number): Buffer | undefined {
  if (!aside?.isHere(block)) return undefined;
  const bytes = Buffer.alloc(aside.lengthOf(block));
  aside.backing.readWaiting(bytes, block * aside.blockSize);
  return bytes;
}

function readOwn(state: FileState, block: number, target: Buffer, from: number): void {
  state.backing.readWaiting(target, block * state.blockSize + from);
}
