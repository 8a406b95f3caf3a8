import { hash, hashLength } from '../../crypto/hash.ts';
import { pageFanOut, type Version } from '../version.ts';
import { bitsLength, type Bits } from './bits.ts';

// The bytes of a map file: docs/formats/blocks.md.

const magic = Buffer.from('PFMAP\0\0\u0001', 'latin1');

export const headerLength = 4096;
const headerBodyLength = 64;
const checksumLength = 8;

/** Far enough apart that the pages of one level of any file that a disk file system can hold fit in between. */
const levelDistance = 2 ** 40;

export const slotHeadLength = 128;
export const slotStride = slotHeadLength + pageFanOut * hashLength;

/** A manifest page as the map keeps it. */
export interface SlotBytes {
  /** Hash of `hashes`: which page this is. */
  readonly pageHash: Buffer;
  /** Level 0: blocks that are in the backing file with exactly the hash listed here. */
  readonly resident: Bits;
  /** The start of the daemon after an unclean stop up to which `resident` has been checked. */
  readonly era: number;
  /** As MapHeader's when this page was written. */
  readonly adoptions: number;
  readonly hashes: Buffer;
}

export function slotPosition(level: number, index: number): number {
  return level * levelDistance + headerLength + index * slotStride;
}

export function endOfLevel(level: number): number {
  return (level + 1) * levelDistance;
}

export interface MapHeader {
  readonly version: Version;
  /**
   * How many versions of other peers this file has taken. A page of the same count belongs to this version or to a local one made
   * from it; one of a lower count may be out of date.
   */
  readonly adoptions: number;
}

export function encodeHeader({ version, adoptions }: MapHeader): Buffer {
  const bytes = Buffer.alloc(headerBodyLength + checksumLength);
  magic.copy(bytes, 0);
  bytes.writeUInt32LE(version.blockSize, 8);
  bytes.writeUInt32LE(adoptions, 12);
  bytes.writeUIntLE(version.size, 16, 6);
  version.root.copy(bytes, 32);
  headerChecksum(bytes).copy(bytes, headerBodyLength);
  return bytes;
}

/** Undefined when these bytes are not a whole header. */
export function decodeHeader(bytes: Buffer): MapHeader | undefined {
  if (bytes.length < headerBodyLength + checksumLength) return undefined;
  if (!bytes.subarray(0, 8).equals(magic)) return undefined;
  const checksum = bytes.subarray(headerBodyLength, headerBodyLength + checksumLength);
  if (!headerChecksum(bytes).equals(checksum)) return undefined;
  return {
    version: {
      blockSize: bytes.readUInt32LE(8),
      size: bytes.readUIntLE(16, 6),
      root: Buffer.from(bytes.subarray(32, 64)),
    },
    adoptions: bytes.readUInt32LE(12),
  };
}

function headerChecksum(bytes: Buffer): Buffer {
  return hash(bytes.subarray(0, headerBodyLength)).subarray(0, checksumLength);
}

export function encodeSlotHead(slot: SlotBytes): Buffer {
  const bytes = Buffer.alloc(slotHeadLength);
  slot.pageHash.copy(bytes, 0);
  bytes.set(slot.resident, 32);
  bytes.writeUInt32LE(slot.era, 64);
  bytes.writeUInt16LE(slot.hashes.length / hashLength, 68);
  bytes.writeUInt32LE(slot.adoptions, 72);
  return bytes;
}

/** Undefined where no slot was ever written (a hole of the map) or its bytes make no sense. */
export function decodeSlot(bytes: Buffer): SlotBytes | undefined {
  if (bytes.length < slotHeadLength) return undefined;
  const count = bytes.readUInt16LE(68);
  const end = slotHeadLength + count * hashLength;
  if (count === 0 || count > pageFanOut || bytes.length < end) return undefined;
  return {
    pageHash: Buffer.from(bytes.subarray(0, hashLength)),
    resident: Uint8Array.from(bytes.subarray(32, 32 + bitsLength)),
    era: bytes.readUInt32LE(64),
    adoptions: bytes.readUInt32LE(72),
    hashes: Buffer.from(bytes.subarray(slotHeadLength, end)),
  };
}
