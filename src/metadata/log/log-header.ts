import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { DeviceId } from '../../identity/ids.ts';
import { CborReader } from '../codec/cbor-reader.ts';
import { CborWriter } from '../codec/cbor-writer.ts';
import { type LogEnd, readLogEnd, writeLogEnd } from './log-end.ts';

// How a log file begins: version 1 is a whole log, version 2 one whose beginning was folded. docs/formats/log.md

const magic = Buffer.from('PFUSELOG', 'latin1');

/** Of version 1, and so the least that any has. */
export const logHeaderBytes = 16;

const cutPrefixBytes = 24;
const maximumCutHeaderBytes = 64 * 1024;

/** What a log file is the rest of. */
export interface LogStart {
  readonly headerBytes: number;
  /**
   * Offset of the first record, as if nothing had ever been taken away: so a batch keeps its offset when what is before it goes.
   */
  readonly offset: number;
  /** What was before the first record; null in a whole log. */
  readonly before: LogEnd | null;
}

export const wholeLog: LogStart = {
  headerBytes: logHeaderBytes,
  offset: logHeaderBytes,
  before: null,
};

export function headerOfWholeLog(device: DeviceId): Buffer {
  return prefixOf(device, 1);
}

export function headerOfCutLog(device: DeviceId, offset: number, before: LogEnd): Buffer {
  const writer = new CborWriter(512).array(2).integer(offset);
  writeLogEnd(writer, before);
  const body = writer.take();
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(body.length, 0);
  lengths.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([prefixOf(device, 2), lengths, body]);
}

/** Undefined when it is no log of this device in a known version. */
export function readLogStart(descriptor: number, device: DeviceId): LogStart | undefined {
  const prefix = readAt(descriptor, 0, cutPrefixBytes);
  if (prefix.subarray(0, logHeaderBytes).equals(prefixOf(device, 1))) return wholeLog;
  if (!prefix.subarray(0, logHeaderBytes).equals(prefixOf(device, 2))) return undefined;
  if (prefix.length < cutPrefixBytes) return undefined;
  const length = prefix.readUInt32BE(16);
  if (length > maximumCutHeaderBytes) return undefined;
  const body = readAt(descriptor, cutPrefixBytes, length);
  if (body.length < length || crc32(body) !== prefix.readUInt32BE(20)) return undefined;
  const reader = new CborReader(body);
  reader.array('header', 2, 2);
  const offset = reader.integer('offset', logHeaderBytes, Number.MAX_SAFE_INTEGER);
  return { headerBytes: cutPrefixBytes + length, offset, before: readLogEnd(reader) };
}

function prefixOf(device: DeviceId, version: number): Buffer {
  const prefix = Buffer.alloc(logHeaderBytes);
  magic.copy(prefix);
  prefix.writeUInt32BE(version, 8);
  prefix.writeUInt32BE(device, 12);
  return prefix;
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
}
