import { ftruncate } from 'node:fs';
import { promisify } from 'node:util';
import { pageFanOut } from '../version.ts';
import { copyBytes } from './copy-bytes.ts';
import type { FileState } from './file-state.ts';
import { verifySlot } from './verify.ts';

const ftruncateAsync = promisify(ftruncate);

/** Copied in one call, so that no thread of the pool is taken for long. */
const stepBytes = 16 * 1024 * 1024;

/** What became of a copy. */
export interface CopiedOut {
  /** Bytes, of the file. */
  readonly size: number;
  /** Those of them that are not on this disk, and zeros in the copy. */
  readonly missingBytes: number;
}

/**
 * Copies what is here of the file, changes that no version has included, to the empty file `target`. What is not here becomes a hole.
 * The file's turn is the caller's.
 */
export async function copyOut(state: FileState, target: number): Promise<CopiedOut> {
  const { size } = state;
  await ftruncateAsync(target, size);
  let missingBytes = 0;
  for (let first = 0; first < state.shape.blocks; first += pageFanOut) {
    const page = state.manifest.page(0, first / pageFanOut);
    // After an unclean stop of the machine nothing is believed that was not looked at again.
    if (page && state.manifest.isSuspect(page)) await verifySlot(state, page);
    const end = Math.min(first + pageFanOut, state.shape.blocks);
    missingBytes += await copyBlocks(state, target, first, end);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { size, missingBytes };
}

/** The bytes that are not here. */
async function copyBlocks(
  state: FileState,
  target: number,
  first: number,
  end: number,
): Promise<number> {
  let missingBytes = 0;
  for (let block = first; block < end;) {
    const isHere = state.isHere(block);
    let next = block + 1;
    while (next < end && state.isHere(next) === isHere) next += 1;
    const from = block * state.blockSize;
    const to = Math.min(next * state.blockSize, state.size);
    if (isHere) await copyRange(state, target, from, to);
    else missingBytes += to - from;
    block = next;
  }
  return missingBytes;
}

async function copyRange(
  state: FileState,
  target: number,
  from: number,
  to: number,
): Promise<void> {
  const { descriptors, disk } = state.context;
  const open = state.backing.descriptor();
  if (!open) return;
  const source = descriptors.retain(open);
  try {
    for (let at = from; at < to;) {
      const length = Math.min(stepBytes, to - at);
      at += await disk.attemptAsync('rescue.copy', () =>
        copyBytes(source.number, target, at, length),
      );
    }
  } finally {
    descriptors.release(source);
  }
}
