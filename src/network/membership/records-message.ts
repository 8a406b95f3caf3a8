import { decode, Encoder } from 'cbor-x';
import { maximumRecordBytes } from './peer-record.ts';

// The body of a `records` frame: a CBOR array of signed records.

/** Bytes of one frame, about; far below the limit of frames. */
const preferredBodyBytes = 256 * 1024;

const encoder = new Encoder({ useRecords: false, tagUint8Array: false });

export function encodeRecords(records: readonly Buffer[]): Buffer[] {
  const bodies: Buffer[] = [];
  let part: Buffer[] = [];
  let bytes = 0;
  for (const record of records) {
    if (bytes + record.length > preferredBodyBytes) {
      bodies.push(encoder.encode(part));
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += record.length;
  }
  if (part.length > 0) bodies.push(encoder.encode(part));
  return bodies;
}

/** Undefined when malformed. */
export function decodeRecords(body: Buffer): Buffer[] | undefined {
  try {
    const value: unknown = decode(body);
    if (!Array.isArray(value)) return undefined;
    const records = value as unknown[];
    const sound = records.every(
      (record) => record instanceof Uint8Array && record.length <= maximumRecordBytes,
    );
    return sound ? (records as Uint8Array[]).map((record) => Buffer.from(record)) : undefined;
  } catch {
    return undefined;
  }
}
