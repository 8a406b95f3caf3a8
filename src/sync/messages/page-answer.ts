import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';
import { bytes } from './fields.ts';

/** The page asked for, or null when it is not here. Whoever asked checks it against the hash. */
export interface PageAnswer {
  readonly id: number;
  readonly page: Buffer | null;
}

const format = z.tuple([z.int().min(0), bytes.nullable()]);

export function encodePageAnswer({ id, page }: PageAnswer): Uint8Array {
  return encode([id, page]);
}

export function decodePageAnswer(body: Buffer): PageAnswer {
  const [id, page] = decodeAs(format, body);
  return { id, page };
}
