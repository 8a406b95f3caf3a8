import { z } from 'zod';
import type { PageQuery } from '../../content/content-store.ts';
import type { FileId } from '../../content/version.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes, fileNumber } from './fields.ts';

/** Asks for one page of a file's manifest. `id` comes back with the answer. */
export interface PageRequest {
  readonly id: number;
  readonly query: PageQuery;
}

const maximumLevel = 7;

const format = z.tuple([
  z.int().min(0),
  fileNumber,
  z.int().min(0).max(maximumLevel),
  z.int().min(0),
  bytes.refine((hash) => hash.length === 32, 'a hash is 32 bytes'),
]);

export function encodePageRequest({ id, query }: PageRequest): Uint8Array {
  return encode([id, query.file, query.level, query.index, query.hash]);
}

export function decodePageRequest(body: Buffer): PageRequest {
  const [id, file, level, index, hash] = decodeAs(format, body);
  return { id, query: { file: file as FileId, level, index, hash } };
}
