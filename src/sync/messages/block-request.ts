import { z } from 'zod';
import type { BlockQuery } from '../../content/content-store.ts';
import type { FileId } from '../../content/version.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes, fileNumber } from './fields.ts';

// What travels as the request of a transfer on a bulk connection.

const maximumBlockSize = 16 * 1024 * 1024;
const maximumBlocks = 64;

const hashes = bytes.refine(
  (value) => value.length > 0 && value.length % 32 === 0 && value.length <= maximumBlocks * 32,
  'a request names 1 to 64 hashes',
);

const format = z.tuple([
  fileNumber,
  z.int().min(4096).max(maximumBlockSize),
  z.int().min(0),
  hashes,
]);

export function encodeBlockRequest(query: BlockQuery): Uint8Array {
  return encode([query.file, query.blockSize, query.firstBlock, query.hashes]);
}

export function decodeBlockRequest(body: Buffer): BlockQuery {
  const [file, blockSize, firstBlock, hashesAsked] = decodeAs(format, body);
  return { file: file as FileId, blockSize, firstBlock, hashes: hashesAsked };
}
