import { hasBit } from '../map/bits.ts';
import { pageFanOut } from '../version.ts';
import type { FileState } from '../file/file-state.ts';

/** Pages looked at in one call: 16 GiB of a file, and less than a millisecond for those in memory. */
const maximumPages = 256;

/** Level-0 pages of which all blocks were seen to be here, from the first on, in the version that the manifest had then. */
export interface WholePages {
  readonly epoch: number;
  readonly pages: number;
}

/**
 * Whether all bytes of the file are here and right. What was seen to be here stays here while the version lasts, so each page is looked
 * at once; a file that is too large for one call counts as not whole until a later one.
 */
export function isWhole(state: FileState): boolean {
  if (state.salvaging) return false;
  let seen = seenPages(state);
  const pages = pagesOf(state);
  const end = Math.min(pages, seen + maximumPages);
  while (seen < end && isPageHere(state, seen)) seen += 1;
  note(state, seen);
  return seen >= pages;
}

/** To be called when a version was made here: with the one before, it is whole as well. Returns what notes that. */
export function keepingWhole(state: FileState): () => void {
  const wasWhole = !state.salvaging && seenPages(state) >= pagesOf(state);
  return () => {
    if (wasWhole) note(state, pagesOf(state));
  };
}

function seenPages({ wholePages, manifest }: FileState): number {
  return wholePages.epoch === manifest.epoch ? wholePages.pages : 0;
}

function note(state: FileState, pages: number): void {
  state.wholePages = { epoch: state.manifest.epoch, pages };
}

/** Of the version's blocks that are not cut off. */
function pagesOf({ baseBlocks }: FileState): number {
  return Math.ceil(baseBlocks / pageFanOut);
}

/** All blocks of the version below this level-0 page are on this disk, as far as they are not cut off. */
export function isPageHere(state: FileState, page: number): boolean {
  const slot = state.manifest.page(0, page);
  if (!slot || state.manifest.isSuspect(slot)) return false;
  const first = page * pageFanOut;
  const end = Math.min(first + pageFanOut, state.baseBlocks);
  for (let block = first; block < end; block += 1) {
    if (!hasBit(slot.resident, block - first) && !state.isHere(block)) return false;
  }
  return true;
}
