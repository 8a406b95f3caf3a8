import { pageOfBlock } from '../merkle/geometry.ts';
import { bring, bringPage, type BlockSpan } from './residency.ts';
import type { FileState } from './file-state.ts';
import { syncBytes } from './sync.ts';

// What must be true before bytes are changed: the intent is durable, blocks that keep some of their old bytes are here, the manifest
// pages from which the next version is made are here (so that publishing never needs a peer), and nobody else writes into the blocks.

export interface PlannedChange {
  readonly touched: BlockSpan;
  /** Blocks that are touched and keep bytes. */
  readonly kept: readonly number[];
  /** Blocks of the file after the change. */
  readonly blocksAfter: number;
  /** Blocks from here on lose their bytes; Infinity for none. */
  readonly cutBlock: number;
}

/** Whether the change can be made in this very turn. */
export function isReady(state: FileState, change: PlannedChange): boolean {
  return (
    !needsDurableIntent(state) &&
    change.kept.every((block) => state.isHere(block)) &&
    firstPageMissing(state, change) === undefined &&
    !state.fetcher.isFetching(state, writtenSpan(change))
  );
}

/** Afterwards the change may be made at once; the returned function ends the protection of the blocks from fetches. */
export async function prepare(state: FileState, change: PlannedChange): Promise<() => void> {
  if (needsDurableIntent(state)) {
    await syncBytes(state);
    await state.context.journal.appendDurably({ kind: 'dirty', file: state.file });
  }
  await bringPages(state, change);
  for (const block of change.kept) {
    if (!state.isHere(block)) await bring(state, { first: block, last: block }, state.waitSignal);
  }
  return state.fetcher.quiesce(state, writtenSpan(change));
}

function writtenSpan({ touched, cutBlock }: PlannedChange): BlockSpan {
  if (cutBlock === Infinity) return touched;
  return { first: Math.min(touched.first, cutBlock), last: Infinity };
}

/** Bytes that a published version has are the only copy that some peers know of. */
function needsDurableIntent(state: FileState): boolean {
  const { published } = state;
  return published !== null && published.size > 0 && state.intent?.durable !== true;
}

async function bringPages(state: FileState, change: PlannedChange): Promise<void> {
  for (const page of leafPages(state, change)) {
    await bringPage(state, page, blocksLeft(state, change));
  }
}

function firstPageMissing(state: FileState, change: PlannedChange): number | undefined {
  const limit = blocksLeft(state, change);
  if (limit === 0 || state.manifest.geometry.levels === 0) return undefined;
  for (const page of leafPages(state, change)) {
    if (state.manifest.missingOnTheWay(0, page, limit)) return page;
  }
  return undefined;
}

/** Of the base, after the change. */
function blocksLeft(state: FileState, { cutBlock }: PlannedChange): number {
  return Math.min(state.baseBlocks, cutBlock);
}

/** Level-0 pages that the next version has to be made from: of the blocks, of the end of the base and of the new end. */
function* leafPages(state: FileState, change: PlannedChange): Generator<number> {
  const { first, last } = change.touched;
  const { baseBlocks } = state;
  if (baseBlocks === 0) return;
  for (let page = pageOfBlock(first); page <= pageOfBlock(Math.min(last, baseBlocks)); page += 1) {
    yield page;
  }
  if (change.blocksAfter === state.shape.blocks) return;
  yield pageOfBlock(Math.min(baseBlocks, change.cutBlock));
  if (change.blocksAfter > 0) yield pageOfBlock(change.blocksAfter - 1);
}
