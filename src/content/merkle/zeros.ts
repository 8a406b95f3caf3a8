import { hash, hashLength } from '../../crypto/hash.ts';
import { pageFanOut } from '../version.ts';

// The hashes of nothing but zeros. Such blocks and pages are known without asking anybody, so a hole costs neither traffic nor disk.

const blockHashByLength = new Map<number, Buffer>();
const pageHashesByBlockSize = new Map<number, Buffer[]>();

/** Last blocks have all lengths; remembering that many is enough for those in use. */
const maximumRememberedLengths = 256;

export function zeroBlockHash(length: number): Buffer {
  const known = blockHashByLength.get(length);
  if (known) return known;
  if (blockHashByLength.size >= maximumRememberedLengths) blockHashByLength.clear();
  const made = hash(Buffer.alloc(length));
  blockHashByLength.set(length, made);
  return made;
}

/** Of a full page above nothing but zeros; level -1 is a full block. */
export function zeroNodeHash(blockSize: number, level: number): Buffer {
  if (level < 0) return zeroBlockHash(blockSize);
  let hashes = pageHashesByBlockSize.get(blockSize);
  if (!hashes) pageHashesByBlockSize.set(blockSize, (hashes = []));
  return (hashes[level] ??= hash(zeroPage(blockSize, level)));
}

/** The content of that page. */
export function zeroPage(blockSize: number, level: number): Buffer {
  return Buffer.alloc(pageFanOut * hashLength, zeroNodeHash(blockSize, level - 1));
}
