import { ContentUnavailable } from '../content-store.ts';
import type { FileState } from './file-state.ts';

/** Blocks that a run of bytes touches; `last` is below `first` for no bytes. */
export interface BlockSpan {
  readonly first: number;
  readonly last: number;
}

export function spanOf(blockSize: number, position: number, length: number): BlockSpan {
  return {
    first: Math.floor(position / blockSize),
    last: Math.ceil((position + length) / blockSize) - 1,
  };
}

/** The first block of the span that has to be brought or verified. */
export function firstAbsent(state: FileState, { first, last }: BlockSpan): number | undefined {
  for (let block = first; block <= last; block += 1) if (!state.isHere(block)) return block;
  return undefined;
}

/** Resolves when these blocks are here. Rejects as OpenContent.read does. */
export async function bring(
  state: FileState,
  span: BlockSpan,
  signal?: AbortSignal,
): Promise<void> {
  await state.fetcher.wait(state, span, () => firstAbsent(state, span) === undefined, signal);
}

/**
 * Resolves when a version can be made from what is here below and beside the level-0 page, as far as the first `limit` blocks go. Only in
 * the file's turn.
 */
export async function bringPage(state: FileState, index: number, limit: number): Promise<void> {
  const missing = () => state.manifest.missingOnTheWay(0, index, limit);
  if (!missing()) return;
  const deadlineMs = state.context.clock.monotonicMs() + state.fetcher.waitForPeersMs;
  const { waitSignal } = state;
  for (let page = missing(); page; page = missing()) {
    await state.fetcher.pages.bring(state, page, waitSignal, deadlineMs);
    waitSignal.throwIfAborted();
    const late = state.context.clock.monotonicMs() >= deadlineMs;
    if (late && missing()) throw new ContentUnavailable('no connected peer has the manifest page');
  }
}
