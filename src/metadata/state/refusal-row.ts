import type { Refusal } from '../replica.ts';

// What is stored of an operation of this device that has no effect: why, and the operation itself, since both must outlast its place in
// the log. docs/formats/tree-database.md

export interface RefusalRow {
  readonly code: Refusal['code'];
  /** The operation, as in the log. */
  readonly body: Buffer;
}

export function encodeRefusal({ code, body }: RefusalRow): Buffer {
  const text = Buffer.from(code, 'latin1');
  return Buffer.concat([Buffer.from([text.length]), text, body]);
}

export function decodeRefusal(bytes: Buffer): RefusalRow {
  const end = 1 + (bytes[0] ?? 0);
  return {
    code: bytes.toString('latin1', 1, end) as Refusal['code'],
    body: Buffer.from(bytes.subarray(end, bytes.length)),
  };
}
