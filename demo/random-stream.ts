import { createCipheriv } from 'node:crypto';

const pieceBytes = 1024 * 1024;
const zeros = Buffer.alloc(pieceBytes);

/** Pieces of 1 MiB that no two places share, the same in every run: an AES keystream. */
export function* randomPieces(totalBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  for (let left = totalBytes; left > 0; left -= pieceBytes) {
    yield cipher.update(zeros.subarray(0, Math.min(left, pieceBytes)));
  }
}
