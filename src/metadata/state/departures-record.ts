import type { InodeId } from '../ids.ts';
import type { Departure } from '../node.ts';
import { stampFromBytes, stampToBytes } from '../stamp.ts';
import type { NodeRecord } from './node-record.ts';

// What is stored of versions that became files of their own, in the records of few nodes.

const inodeBytes = 8;
const countBytes = 2;
const stampBytes = 12;
const departureBytes = stampBytes + inodeBytes;
const nothing = Buffer.alloc(0);
const noDepartures: readonly Departure[] = [];

interface Departures {
  readonly departures: readonly Departure[];
  readonly departedFrom: InodeId | null;
  /** Where what follows them begins. */
  readonly end: number;
}

/** Empty for a node that has to do with none. */
export function encodeDepartures({ departures, departedFrom }: NodeRecord): Buffer {
  if (departures.length === 0 && departedFrom === null) return nothing;
  const bytes = Buffer.allocUnsafe(inodeBytes + countBytes + departures.length * departureBytes);
  bytes.writeDoubleBE(departedFrom ?? 0, 0);
  bytes.writeUInt16BE(departures.length, inodeBytes);
  let offset = inodeBytes + countBytes;
  for (const { version, inode } of departures) {
    bytes.set(stampToBytes(version), offset);
    bytes.writeDoubleBE(inode, offset + stampBytes);
    offset += departureBytes;
  }
  return bytes;
}

export function decodeDepartures(bytes: Buffer, start: number, areThere: boolean): Departures {
  if (!areThere) return { departures: noDepartures, departedFrom: null, end: start };
  const departedFrom = bytes.readDoubleBE(start);
  const first = start + inodeBytes + countBytes;
  const end = first + bytes.readUInt16BE(start + inodeBytes) * departureBytes;
  const departures: Departure[] = [];
  for (let at = first; at < end; at += departureBytes) {
    const inode = bytes.readDoubleBE(at + stampBytes) as InodeId;
    departures.push({ version: stampFromBytes(bytes, at), inode });
  }
  return {
    departures,
    departedFrom: departedFrom === 0 ? null : (departedFrom as InodeId),
    end,
  };
}
