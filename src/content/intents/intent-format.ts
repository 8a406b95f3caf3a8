import { crc32 } from 'node:zlib';
import { hashLength } from '../../crypto/hash.ts';
import type { FileId } from '../version.ts';

// The bytes of the intent journal: docs/formats/blocks.md.

export const recordLength = 128;
const checksumLength = 8;
const noRoot = Buffer.alloc(hashLength);

/** What may become of a file's local changes, in the order in which it happens. */
export type IntentRecord =
  /** This many records, which follow, are all that counts: older ones are void. */
  | { readonly kind: 'snapshot'; readonly records: number }
  /** Bytes that belong to a published version are about to be changed. */
  | {
      readonly kind: 'dirty';
      readonly file: FileId;
      /** The machine stopped while this file was listed: what its disk holds of it has to be looked at. */
      readonly unclean?: true;
    }
  /** These blocks are about to be written. */
  | {
      readonly kind: 'blocks';
      readonly file: FileId;
      readonly first: number;
      readonly count: number;
      /** They are about to become zeros. */
      readonly zeros: boolean;
    }
  /** These blocks are about to be zeros behind what was the end. */
  | {
      readonly kind: 'grown';
      readonly file: FileId;
      readonly first: number;
      readonly count: number;
    }
  /**
   * Blocks from here on are no longer those of the version below. `size` is what the file is about to be truncated to; the truncation
   * is over when a `blocks` record follows.
   */
  | {
      readonly kind: 'cut';
      readonly file: FileId;
      readonly block: number;
      readonly size: number;
    }
  /** What was changed is in the version `root`, which the tree has in place of `previous` (zeros: none). */
  | {
      readonly kind: 'published';
      readonly file: FileId;
      readonly previous: Buffer;
      readonly root: Buffer;
    }
  /** The file is gone or of no interest any more. */
  | { readonly kind: 'done'; readonly file: FileId }
  /** These blocks of the published version may not be on the disk itself, and only this machine may have had them. */
  | {
      readonly kind: 'unflushed';
      readonly file: FileId;
      readonly first: number;
      readonly count: number;
    };

const kindNumbers = {
  snapshot: 1,
  dirty: 2,
  blocks: 3,
  cut: 4,
  published: 5,
  done: 6,
  unflushed: 7,
  grown: 8,
} as const;

/** One behind the other. */
export function encodeRecords(records: readonly IntentRecord[]): Buffer {
  // From Node's pool: memory of its own for each would cost more than all the rest, as each new file has three records.
  const bytes = Buffer.allocUnsafe(records.length * recordLength).fill(0);
  records.forEach((record, at) => {
    encodeInto(bytes.subarray(at * recordLength, (at + 1) * recordLength), record);
  });
  return bytes;
}

function encodeInto(bytes: Buffer, record: IntentRecord): void {
  bytes[8] = kindNumbers[record.kind];
  if (record.kind !== 'snapshot') writeNumber(bytes, record.file, 16);
  writeFields(bytes, record);
  bytes.writeUInt32LE(checksumOf(bytes), 0);
}

function writeFields(bytes: Buffer, record: IntentRecord): void {
  switch (record.kind) {
    case 'snapshot':
      return writeNumber(bytes, record.records, 24);
    case 'blocks':
      bytes[9] = record.zeros ? 1 : 0;
      writeNumber(bytes, record.first, 24);
      return writeNumber(bytes, record.count, 32);
    case 'cut':
      writeNumber(bytes, record.block, 24);
      return writeNumber(bytes, record.size, 32);
    case 'published':
      record.previous.copy(bytes, 40);
      record.root.copy(bytes, 72);
      return undefined;
    case 'unflushed':
    case 'grown':
      writeNumber(bytes, record.first, 24);
      return writeNumber(bytes, record.count, 32);
    case 'dirty':
      bytes[9] = record.unclean ? 1 : 0;
      return undefined;
    case 'done':
      return undefined;
  }
}

/** Undefined when the bytes are not a whole record: the end of what reached the disk. */
export function decodeRecord(bytes: Buffer): IntentRecord | undefined {
  if (bytes.length < recordLength) return undefined;
  if (checksumOf(bytes) !== bytes.readUInt32LE(0)) return undefined;
  const file = readNumber(bytes, 16) as FileId;
  switch (bytes[8] ?? 0) {
    case kindNumbers.snapshot:
      return { kind: 'snapshot', records: readNumber(bytes, 24) };
    case kindNumbers.dirty:
      return { kind: 'dirty', file, ...(bytes[9] === 1 && { unclean: true }) };
    case kindNumbers.blocks:
      return { kind: 'blocks', file, zeros: bytes[9] === 1, ...readRange(bytes) };
    case kindNumbers.cut:
      return { kind: 'cut', file, block: readNumber(bytes, 24), size: readNumber(bytes, 32) };
    case kindNumbers.published:
      return {
        kind: 'published',
        file,
        previous: Buffer.from(bytes.subarray(40, 72)),
        root: Buffer.from(bytes.subarray(72, 104)),
      };
    case kindNumbers.done:
      return { kind: 'done', file };
    case kindNumbers.unflushed:
      return { kind: 'unflushed', file, ...readRange(bytes) };
    case kindNumbers.grown:
      return { kind: 'grown', file, ...readRange(bytes) };
    default:
      return undefined;
  }
}

export function rootOrNone(root: Buffer | undefined): Buffer {
  return root ?? noRoot;
}

function checksumOf(bytes: Buffer): number {
  return crc32(bytes.subarray(checksumLength, recordLength));
}

function readRange(bytes: Buffer): { readonly first: number; readonly count: number } {
  return { first: readNumber(bytes, 24), count: readNumber(bytes, 32) };
}

function writeNumber(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, offset);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4);
}

function readNumber(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32;
}
