import { MergePending } from '../content-store.ts';
import { pageFanOut } from '../version.ts';
import { slotHash } from '../map/slot.ts';
import { zeroBlockHash } from '../merkle/zeros.ts';
import type { FileState } from './file-state.ts';
import type { BlockSpan } from './residency.ts';
import { resizeInTurn } from './resize.ts';
import { hashesOnDisk, keepAsChange, lengthInBase } from './verify.ts';

// Blocks that were written and published here and did not come to the disk before the machine stopped. Peers in touch at that moment may
// have got them, and are asked for as long as a reader would wait; then what is there is all that is left of them.

/** Which of the blocks that the journal lists are not on the disk as the version has them. */
export async function lookForLost(state: FileState): Promise<void> {
  state.lostPages.clear();
  const unknown: number[] = [];
  for (const range of state.intent?.unflushed ?? []) unknown.push(...missingIn(state, range));
  const hashes = await hashesOnDisk(state, unknown);
  unknown.forEach((block, at) => {
    const slot = state.manifest.leaf(block);
    if (!slot || !state.isOfBase(block)) return;
    if (hashes[at]?.equals(slotHash(slot, block % pageFanOut))) state.manifest.markResident(block);
    else state.lost.add(block);
  });
}

/** Blocks that are not known to be here nor to be lost. */
function* missingIn(
  state: FileState,
  { first, end }: { readonly first: number; readonly end: number },
): Generator<number> {
  const { manifest, lost } = state;
  const last = Math.min(end, state.baseBlocks);
  for (let block = first; block < last; block += 1) {
    if (!state.isOfBase(block)) continue;
    if (!manifest.leaf(block)) {
      const page = Math.floor(block / pageFanOut);
      state.lostPages.add(page);
      block = (page + 1) * pageFanOut - 1;
    } else if (manifest.isResident(block)) lost.delete(block);
    else if (!lost.has(block)) yield block;
  }
}

/** Throws MergePending until they are here or there is no hope left that they come. */
export function bringLost(state: FileState): void {
  const { lost, lostPages } = state;
  if ((lost.size === 0 && lostPages.size === 0) || state.asking === 'in vain') return;
  if (state.asking === 'not yet') {
    state.asking = 'under way';
    void ask(state).then(() => (state.asking = 'in vain'));
  }
  throw new MergePending('peers are asked for what did not come to the disk before the crash');
}

async function ask(state: FileState): Promise<void> {
  const { fetcher, manifest } = state;
  const pages = [...state.lostPages].map((page) => {
    const first = page * pageFanOut;
    return fetcher.wait(state, { first, last: first }, () => manifest.page(0, page) !== undefined);
  });
  const runs = [...runsOf([...state.lost].sort((a, b) => a - b))].map((run) =>
    fetcher.wait(state, run, () => isHere(state, run)),
  );
  await Promise.allSettled([...pages, ...runs]);
}

function isHere(state: FileState, { first, last }: BlockSpan): boolean {
  for (let block = first; block <= last; block += 1) if (!state.isHere(block)) return false;
  return true;
}

function* runsOf(blocks: readonly number[]): Generator<BlockSpan> {
  for (let start = 0; start < blocks.length;) {
    let end = start + 1;
    while (blocks[end] === blocks[start]! + end - start) end += 1;
    yield { first: blocks[start]!, last: blocks[end - 1]! };
    start = end;
  }
}

/** The file ends where the last bytes that came to the disk do; what is missing in its middle is zeros. */
export async function keepWhatIsThere(state: FileState): Promise<void> {
  const lost = [...state.lost].filter((block) => state.isOfBase(block) && !state.isHere(block));
  state.lost.clear();
  if (lost.length === 0) return;
  const { file, size } = state;
  state.context.logger.warn(
    { file, blocks: lost.length, size },
    'what was written to a file shortly before the crash is nowhere',
  );
  const hashes = await hashesOnDisk(state, lost);
  const empty = new Set(
    lost.filter((block, at) => hashes[at]?.equals(zeroBlockHash(lengthInBase(state, block)))),
  );
  let end = state.shape.blocks;
  while (empty.has(end - 1)) end -= 1;
  if (end < state.shape.blocks) resizeInTurn(state, end * state.blockSize);
  for (const block of lost) if (block < end) keepAsChange(state, block);
  state.noteChange();
  // Whoever waits for them can be answered.
  state.fetcher.arrived();
}
