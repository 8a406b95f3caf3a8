import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { hash, hashLength } from '../../crypto/hash.ts';
import type { HashJob, HashResult } from './hash-pool.ts';

// Hashes pieces of files that the main thread has open: descriptors belong to the process, so only numbers and hashes cross over.

let buffer = Buffer.alloc(0);

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
parentPort!.on('message', (job: HashJob) => parentPort!.postMessage(hashPieces(job)));

function hashPieces({ id, descriptor, positions, lengths }: HashJob): HashResult {
  const hashes = Buffer.alloc(positions.length * hashLength);
  try {
    for (let piece = 0; piece < positions.length; piece += 1) {
      const length = lengths[piece]!;
      hash(readPiece(descriptor, positions[piece]!, length)).copy(hashes, piece * hashLength);
    }
    return { id, hashes, error: undefined };
  } catch (error) {
    return { id, hashes, error: String(error) };
  }
}

/** What lies beyond the end of the file is zeros. */
function readPiece(descriptor: number, position: number, length: number): Buffer {
  if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const got = readSync(descriptor, buffer, done, length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return buffer.fill(0, done, length).subarray(0, length);
}
