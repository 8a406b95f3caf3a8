import { hash, hashLength } from '../../crypto/hash.ts';
import { pageFanOut } from '../version.ts';
import { blockLength, blocksBelow, childrenOf, pageOfBlock, type Geometry } from './geometry.ts';
import { zeroBlockHash, zeroNodeHash } from './zeros.ts';

/** What a new version is made of: an older tree, of which a number of leading blocks still counts, under changed blocks. */
export interface TreeChanges {
  readonly geometry: Geometry;
  readonly base: Geometry;
  readonly baseRoot: Buffer;
  /** Blocks from here on are not the base's any more: zeros unless changed. */
  readonly baseBlocks: number;
  readonly changedBlocks: Iterable<number>;
  /** Of a changed block. */
  blockHash(block: number): Buffer | undefined;
  /** Hashes in a page of the base. Asked only for pages that hold a changed block or the end of the file. */
  basePage(level: number, index: number): Buffer;
}

export interface TreePage {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
  readonly hash: Buffer;
}

export interface Tree {
  readonly root: Buffer;
  /** Pages that differ from the base's, children first. */
  readonly pages: readonly TreePage[];
}

/** The new tree, at the cost of the changed blocks' pages and their ancestors; what was and stays zeros costs nothing. */
export function changeTree(changes: TreeChanges): Tree {
  const { blocks, levels } = changes.geometry;
  if (blocks === 0) return { root: hash(Buffer.alloc(0)), pages: [] };
  if (levels === 0) return { root: leafHash(changes, 0), pages: [] };
  const pages: TreePage[] = [];
  let below = new Map<number, Buffer>();
  let touched = touchedLeafPages(changes);
  for (let level = 0; level < levels; level += 1) {
    const made = new Map<number, Buffer>();
    for (const index of touched) {
      const page = makePage(changes, level, index, below);
      pages.push(page);
      made.set(index, page.hash);
    }
    below = made;
    touched = new Set([...touched].map(pageOfBlock));
  }
  return { root: below.get(0) ?? baseNodeHash(changes, levels - 1, 0), pages };
}

function touchedLeafPages(changes: TreeChanges): Set<number> {
  const { geometry, base, baseBlocks } = changes;
  const touched = new Set<number>();
  for (const block of changes.changedBlocks) {
    if (block < geometry.blocks) touched.add(pageOfBlock(block));
  }
  // Where the old tree ends and where the new one does, pages have another number of hashes.
  if (geometry.blocks > baseBlocks) touched.add(pageOfBlock(baseBlocks));
  if (geometry.blocks !== base.blocks || baseBlocks < base.blocks) {
    touched.add(pageOfBlock(geometry.blocks - 1));
  }
  return touched;
}

function makePage(
  changes: TreeChanges,
  level: number,
  index: number,
  below: ReadonlyMap<number, Buffer>,
): TreePage {
  const children = childrenOf(changes.geometry, level, index);
  const hashes = Buffer.allocUnsafe(children * hashLength);
  for (let child = 0; child < children; child += 1) {
    const node = index * pageFanOut + child;
    const made = level === 0 ? leafHash(changes, node) : nodeHash(changes, level - 1, node, below);
    made.copy(hashes, child * hashLength);
  }
  return { level, index, hashes, hash: hash(hashes) };
}

function leafHash(changes: TreeChanges, block: number): Buffer {
  const changed = changes.blockHash(block);
  if (changed) return changed;
  if (block < changes.baseBlocks) return baseNodeHash(changes, -1, block);
  return zeroBlockHash(blockLength(changes.geometry, block));
}

function nodeHash(
  changes: TreeChanges,
  level: number,
  node: number,
  made: ReadonlyMap<number, Buffer>,
): Buffer {
  const changed = made.get(node);
  if (changed) return changed;
  // A node that straddles the end of the base was touched above, so one that begins in the base lies wholly in it.
  if (node * blocksBelow(level) < changes.baseBlocks) return baseNodeHash(changes, level, node);
  return zeroNodeHash(changes.geometry.blockSize, level);
}

function baseNodeHash(changes: TreeChanges, level: number, node: number): Buffer {
  if (level + 1 === changes.base.levels) return changes.baseRoot;
  const page = changes.basePage(level + 1, pageOfBlock(node));
  const offset = (node % pageFanOut) * hashLength;
  return page.subarray(offset, offset + hashLength);
}
