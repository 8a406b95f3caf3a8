import { hashLength } from '../../crypto/hash.ts';
import { blocksBelow, type Geometry } from '../merkle/geometry.ts';
import { slotCount, slotHash } from '../map/slot.ts';
import { pageFanOut, type ByteRange, type Version } from '../version.ts';
import type { FileState } from './file-state.ts';

/** The kernel's cache is told of a change after this at the latest, if need be of more than changed. */
const diffMs = 300;

/** Pages that are compared; below others everything counts as changed. */
const maximumPages = 64;

export interface FormerBase {
  readonly version: Version | null;
  readonly geometry: Geometry;
  /** Of the file as it was here. */
  readonly size: number;
}

interface Comparison {
  readonly state: FileState;
  readonly deadlineMs: number;
  readonly changed: ByteRange[];
  pagesLeft: number;
}

/** Where the file's bytes may differ from what they were under the former base, as exactly as the pages at hand or quickly fetched say. */
export async function diffFromBase(
  state: FileState,
  before: FormerBase,
): Promise<readonly ByteRange[]> {
  const { geometry, version } = state.manifest;
  const all = [{ position: 0, length: Math.max(before.size, state.size) }];
  if (before.version === null || version === null) return all;
  if (before.geometry.levels !== geometry.levels || geometry.levels === 0) return all;
  const deadlineMs = state.context.clock.monotonicMs() + diffMs;
  const comparison = { state, deadlineMs, changed: [], pagesLeft: maximumPages };
  await comparePage(comparison, before.version.root, geometry.levels - 1, 0);
  return merge([...comparison.changed, ...resized(before.size, state.size)]);
}

async function comparePage(
  comparison: Comparison,
  formerHash: Buffer,
  level: number,
  index: number,
): Promise<void> {
  const { state } = comparison;
  const { manifest } = state;
  // Installing the new page takes the former one's place.
  const former = manifest.stored(level, index);
  const formerHashes = former?.pageHash.equals(formerHash) ? Buffer.from(former.hashes) : undefined;
  if (!formerHashes || !(await hasPage(comparison, level, index))) {
    noteNode(comparison, level, index);
    return;
  }
  const page = manifest.page(level, index)!;
  for (let child = 0; child < slotCount(page); child += 1) {
    const was = formerHashes.subarray(child * hashLength, (child + 1) * hashLength);
    if (was.length > 0 && was.equals(slotHash(page, child))) continue;
    const node = index * pageFanOut + child;
    if (level > 0 && was.length > 0) await comparePage(comparison, was, level - 1, node);
    else noteNode(comparison, level - 1, node);
  }
}

async function hasPage(comparison: Comparison, level: number, index: number): Promise<boolean> {
  const { state, deadlineMs } = comparison;
  comparison.pagesLeft -= 1;
  if (comparison.pagesLeft < 0) return false;
  const missing = state.manifest.missingOnTheWay(level, index);
  if (missing) await state.fetcher.pages.bring(state, missing, undefined, deadlineMs);
  return state.manifest.page(level, index) !== undefined;
}

function noteNode({ state, changed }: Comparison, level: number, node: number): void {
  const bytes = blocksBelow(level) * state.blockSize;
  changed.push({ position: node * bytes, length: bytes });
}

function resized(before: number, after: number): ByteRange[] {
  const position = Math.min(before, after);
  const length = Math.max(before, after) - position;
  return length > 0 ? [{ position, length }] : [];
}

function merge(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { position: number; length: number }[] = [];
  for (const { position, length } of ranges.toSorted((a, b) => a.position - b.position)) {
    const last = merged.at(-1);
    if (!last || position > last.position + last.length) merged.push({ position, length });
    else last.length = Math.max(last.length, position + length - last.position);
  }
  return merged;
}
