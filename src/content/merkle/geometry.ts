import { pageFanOut } from '../version.ts';

/** The shape of a file's Merkle tree. It follows from the size alone, so nobody can pass a page off as a block. */
export interface Geometry {
  /** Bytes. */
  readonly size: number;
  readonly blockSize: number;
  readonly blocks: number;
  /** Levels of pages; 0 for a file of one block or none. The only page of the highest level is the root. */
  readonly levels: number;
}

export function geometryOf(size: number, blockSize: number): Geometry {
  const blocks = Math.ceil(size / blockSize);
  return { size, blockSize, blocks, levels: levelsFor(blocks) };
}

function levelsFor(blocks: number): number {
  let levels = 0;
  for (let nodes = blocks; nodes > 1; nodes = Math.ceil(nodes / pageFanOut)) levels += 1;
  return levels;
}

/** Blocks below one node of a level; level -1 is the blocks themselves. */
export function blocksBelow(level: number): number {
  return pageFanOut ** (level + 1);
}

/** Hashes in a page. */
export function childrenOf(geometry: Geometry, level: number, index: number): number {
  const nodesBelow = Math.ceil(geometry.blocks / blocksBelow(level - 1));
  return Math.max(0, Math.min(pageFanOut, nodesBelow - index * pageFanOut));
}

/** Bytes of a block: the last one is as long as the file leaves it. */
export function blockLength(geometry: Geometry, block: number): number {
  return Math.max(0, Math.min(geometry.blockSize, geometry.size - block * geometry.blockSize));
}

export function pageOfBlock(block: number): number {
  return Math.floor(block / pageFanOut);
}
