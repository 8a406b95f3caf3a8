import type { FileState } from '../file/file-state.ts';
import type { BlockSpan } from '../file/residency.ts';
import { zeroBlockHash } from '../merkle/zeros.ts';
import { blockLength } from '../merkle/geometry.ts';
import { pageFanOut } from '../version.ts';
import { isPageHere } from './whole.ts';

/**
 * Runs of blocks below one level-0 page of `next`'s version that are not what is here, as far as `isWanted`. That page, and those of the
 * version here, must be at hand.
 */
export function differingSpans(
  here: FileState,
  next: FileState,
  page: number,
  isWanted: (block: number) => boolean = () => true,
): BlockSpan[] {
  if (isSamePage(here, next, page)) return [];
  const spans: { first: number; last: number }[] = [];
  const end = Math.min((page + 1) * pageFanOut, next.manifest.geometry.blocks);
  for (let block = page * pageFanOut; block < end; block += 1) {
    if (isSameBlock(here, next, block) || !isWanted(block)) continue;
    const last = spans.at(-1);
    if (last?.last === block - 1) last.last = block;
    else spans.push({ first: block, last: block });
  }
  return spans;
}

export function isOfZeros({ manifest }: FileState, block: number): boolean {
  const zeros = zeroBlockHash(blockLength(manifest.geometry, block));
  return manifest.hashOf(block)?.equals(zeros) ?? false;
}

function isSamePage(here: FileState, next: FileState, page: number): boolean {
  const own = here.manifest.page(0, page);
  if (!own || !next.manifest.page(0, page)?.pageHash.equals(own.pageHash)) return false;
  const isCut = here.baseBlocks < Math.min((page + 1) * pageFanOut, here.manifest.geometry.blocks);
  return !isCut && isPageHere(here, page);
}

function isSameBlock(here: FileState, next: FileState, block: number): boolean {
  if (block >= here.baseBlocks) return false;
  const wanted = next.manifest.hashOf(block);
  if (!wanted || !here.manifest.hashOf(block)?.equals(wanted)) return false;
  return here.manifest.isResident(block);
}
