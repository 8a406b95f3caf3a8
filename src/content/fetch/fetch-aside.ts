import { closeSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ContentUnavailable } from '../content-store.ts';
import type { FileState } from '../file/file-state.ts';
import { blockLength } from '../merkle/geometry.ts';
import { zeroBlockHash } from '../merkle/zeros.ts';
import type { BlockSource } from './block-source.ts';
import { fetchBlocks } from './either-number.ts';

/** Tells the files of concurrent calls apart. */
let lastNumber = 0;

/**
 * A block of the base, although its place in the backing file is taken by local bytes that must stay there: it comes into a file
 * that has no name. Asks one source after the other; rejects with ContentUnavailable when none has it, or with the signal's reason.
 */
export async function fetchAside(
  state: FileState,
  block: number,
  sources: readonly BlockSource[],
  signal: AbortSignal,
): Promise<Buffer> {
  const { manifest, blockSize } = state;
  const hash = manifest.hashOf(block);
  const length = blockLength(manifest.geometry, block);
  if (hash?.equals(zeroBlockHash(length))) return Buffer.alloc(length);
  if (!hash) throw new ContentUnavailable('the manifest page of the block is not here');
  const descriptor = openNameless(state.context.directory);
  try {
    const wanted = { file: state.file, blockSize, firstBlock: block, hashes: Buffer.from(hash) };
    const request = { ...wanted, lastBlockLength: length, descriptor };
    for (const source of sources) {
      signal.throwIfAborted();
      const [outcome] = await fetchBlocks(source, request, state.elsewhere, signal).catch(() => []);
      if (outcome === 'stored') return readBlock(descriptor, block * blockSize, length);
    }
    signal.throwIfAborted();
    throw new ContentUnavailable('no connected peer has the block');
  } finally {
    closeSync(descriptor);
  }
}

function openNameless(directory: string): number {
  lastNumber += 1;
  const path = join(directory, `aside-${lastNumber}`);
  const descriptor = openSync(path, 'w+', 0o600);
  unlinkSync(path);
  return descriptor;
}

function readBlock(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, position);
  return bytes;
}
