import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DeviceId, maximumDeviceId } from '../../identity/ids.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Disk } from '../../storage/disk.ts';
import {
  type Batch,
  decodeBatch,
  decodeBatchHead,
  hashOfBatch,
  noHash,
  type StampedBody,
} from '../codec/batch.ts';
import type { Author } from '../operations/operation-kind.ts';
import type { BatchId, Frontier, LoggedBatch } from '../replica.ts';
import { stampToText } from '../stamp.ts';
import {
  batchKey,
  batchRangeOf,
  deviceKey,
  devicesRange,
  proposalKey,
  waitingKey,
} from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { inodeFromText, restOfKey } from '../state/tree-key.ts';
import {
  decodePosition,
  decodeProgress,
  encodePosition,
  encodeProgress,
  encodeProposalRow,
  type DeviceProgress,
} from './device-row.ts';
import { authorOf, type CertificateReader, type DeviceCertificate } from './known-device.ts';
import { kindNumberOf } from '../codec/operation-codec.ts';
import { checkpoint } from '../operations/checkpoint.ts';
import type { LogEnd } from './log-end.ts';
import { LogFile, type LogRecord, recordHeaderBytes } from './log-file.ts';
import { readSeen, writeSeen } from './seen-rows.ts';

export interface LogsOptions {
  readonly directory: string;
  readonly rows: Rows;
  readonly disk: Disk;
  readonly logger: Logger;
  readonly certificateInfo: CertificateReader;
  /** This device, whose operations come before its log does. */
  readonly own: DeviceCertificate;
}

/** What the index needs to know of a batch. */
export interface LogEntry {
  readonly bytes: Buffer;
  readonly sequence: number;
  readonly seen: Frontier;
  readonly certificate: Buffer | null;
  /** How many there are. */
  readonly operations: number;
  /** Of the last operation, as text. */
  readonly lastStamp: string;
  /** Operations among them that ask for a checkpoint. */
  readonly proposals: readonly StampedBody[];
}

type PlacedEntry = LogEntry & { readonly offset: number };

export function logEntry(batch: Batch, bytes: Buffer): LogEntry {
  const { sequence, seen, certificate, operations } = batch;
  const last = operations.at(-1)?.operation.stamp;
  const lastStamp = last ? stampToText(last) : '';
  const stamped = operations.map(({ operation: { stamp }, body }) => ({ stamp, body }));
  const proposals = proposalsAmong(stamped);
  const count = operations.length;
  return { bytes, sequence, seen, certificate, operations: count, lastStamp, proposals };
}

export function proposalsAmong(operations: readonly StampedBody[]): StampedBody[] {
  return operations.filter(({ body }) => kindNumberOf(body) === checkpoint.number);
}

interface Device {
  readonly file: LogFile;
  readonly progress: DeviceProgress;
  readonly certificate: DeviceCertificate;
}

/** Rows of the index that go in one transaction. */
const forgottenAtOnce = 256;

/** The logs of all devices, in one file each, and the index of them in the database. */
export class Logs {
  readonly #options: LogsOptions;
  readonly #devices = new Map<DeviceId, Device>();
  readonly #unusedFiles = new Map<DeviceId, LogFile>();

  constructor(options: LogsOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  }

  /** Devices that have a log file, whether it is indexed or not. */
  devicesOnDisk(): DeviceId[] {
    return readdirSync(this.#options.directory)
      .map((name) => Number(/^(\d{1,7})\.log$/.exec(name)?.[1] ?? 0))
      .filter((device) => device >= 1 && device <= maximumDeviceId)
      .sort((a, b) => a - b) as DeviceId[];
  }

  /** What the database knows of the logs; false when a log is shorter than that, so that the database cannot be trusted. */
  load(): boolean {
    for (const { key, value } of this.#options.rows.all(devicesRange)) {
      const device = inodeFromText(restOfKey(key), 0) as number as DeviceId;
      const progress = decodeProgress(value);
      const file = this.#openFile(device);
      const certificate = this.#certificateOf(progress.certificate);
      const isThere = file && file.length >= progress.logBytes && file.start <= progress.logBytes;
      if (!file || !certificate || !isThere) return false;
      this.#devices.set(device, { file, progress, certificate });
    }
    return true;
  }

  /** Whole records of a log after what is indexed. */
  *recordsAfterIndex(device: DeviceId): Generator<LogRecord> {
    const file = this.#openFile(device);
    if (file) yield* file.records(this.#devices.get(device)?.progress.logBytes);
  }

  /** Whole batches of a log, from the first, whether indexed or not. */
  *records(device: DeviceId): Generator<LogRecord> {
    const file = this.#openFile(device);
    if (file) yield* file.records();
  }

  /** Begins the index of a log with what was folded away from it. */
  beginIndex(device: DeviceId): void {
    const file = this.#openFile(device);
    if (!file?.before || this.#devices.has(device)) return;
    const progress = progressOfEnd(file.before, file.start);
    this.#options.rows.transaction(() => {
      this.#options.rows.put(deviceKey(device), encodeProgress(progress));
    });
    this.#know(device, file, progress);
  }

  /** Cuts what follows the indexed records. */
  cutAfterIndex(device: DeviceId): void {
    const file = this.#openFile(device);
    if (!file) return;
    const end = this.#devices.get(device)?.progress.logBytes ?? file.start;
    if (file.length === end) return;
    const lostBytes = file.length - end;
    this.#options.logger.warn({ device, lostBytes }, 'the end of a log was not whole and was cut');
    file.cut(end);
  }

  /** Forgets what `load` and `index` found, to read the logs from their beginning. */
  forget(): void {
    for (const [device, { file }] of this.#devices) this.#unusedFiles.set(device, file);
    this.#devices.clear();
  }

  progressOf(device: DeviceId): DeviceProgress | undefined {
    return this.#devices.get(device)?.progress;
  }

  certificateOf(device: DeviceId): DeviceCertificate | undefined {
    return this.#devices.get(device)?.certificate;
  }

  authorOf(device: DeviceId): Author {
    const { own } = this.#options;
    const certificate = this.#devices.get(device)?.certificate ?? own;
    if (certificate.device !== device) throw new Error(`device ${device} has no log`);
    return authorOf(certificate);
  }

  frontier(): Map<DeviceId, number> {
    return new Map([...this.#devices].map(([device, { progress }]) => [device, progress.sequence]));
  }

  /** How far the author said that others' logs were known to it. */
  seenBy(author: DeviceId): Map<DeviceId, number> {
    return readSeen(this.#options.rows, author);
  }

  /** What was folded away from a log; null when it is whole. */
  beforeOf(device: DeviceId): LogEnd | null {
    return this.#devices.get(device)?.file.before ?? null;
  }

  /** Appends to a device's log, then to the index. The batches were checked and continue the log. */
  append(device: DeviceId, entries: readonly LogEntry[], waiting: boolean): void {
    const file = this.#openFile(device);
    if (!file) throw new Error(`the log file of device ${device} is not a log`);
    const end = file.length;
    const offsets = file.append(entries.map(({ bytes }) => bytes));
    const placed = entries.map((entry, at) => ({ ...entry, offset: offsets[at] ?? 0 }));
    try {
      this.index(device, placed, waiting);
    } catch (error) {
      // Otherwise the next attempt would put another batch of the same number behind it.
      file.takeBack(end);
      throw error;
    }
  }

  /** Notes batches that are in the file. `waiting` ones are still to be applied. */
  index(device: DeviceId, entries: readonly PlacedEntry[], waiting: boolean): void {
    const file = this.#openFile(device);
    if (!file) return;
    const { rows } = this.#options;
    let progress = this.#devices.get(device)?.progress;
    rows.transaction(() => {
      for (const entry of entries) {
        progress = progressAfter(progress, entry);
        const { operations } = progress;
        const { sequence, offset } = entry;
        rows.put(batchKey(device, sequence), encodePosition({ offset, operations }));
        if (waiting) rows.put(waitingKey(device, sequence), encodeWaiting(entry.operations));
        writeSeen(rows, device, entry.seen);
        for (const { stamp, body } of entry.proposals) {
          rows.put(proposalKey(stampToText(stamp)), encodeProposalRow(sequence, body));
        }
      }
      if (progress) rows.put(deviceKey(device), encodeProgress(progress));
    });
    if (progress) this.#know(device, file, progress);
  }

  /** A batch by its place in the device's log; undefined when it is not there. */
  read({ device, sequence }: BatchId): Buffer | undefined {
    const row = this.#options.rows.peek(batchKey(device, sequence));
    const file = this.#devices.get(device)?.file;
    return row && file?.read(decodePosition(row).offset);
  }

  since(known: Frontier, until: Frontier, maximumBytes: number): LoggedBatch[] {
    const batches: LoggedBatch[] = [];
    let left = maximumBytes;
    for (const [device, last] of until) {
      for (let sequence = (known.get(device) ?? 0) + 1; sequence <= last; sequence += 1) {
        const id = { device, sequence };
        const bytes = this.read(id);
        if (!bytes) break;
        if (batches.length > 0 && bytes.length > left) return batches;
        left -= bytes.length;
        batches.push({ id, bytes });
      }
    }
    return batches;
  }

  operationsAfter({ device, sequence }: BatchId): number {
    const total = this.#devices.get(device)?.progress.operations ?? 0;
    const row = this.#options.rows.peek(batchKey(device, sequence));
    return (
      total - (row ? decodePosition(row).operations : (this.beforeOf(device)?.operations ?? 0))
    );
  }

  /** What a log is up to a batch that is in it. */
  endAt(device: DeviceId, sequence: number): LogEnd | undefined {
    const bytes = this.read({ device, sequence });
    const row = this.#options.rows.get(batchKey(device, sequence));
    if (!bytes || !row) return undefined;
    const last = decodeBatch(bytes).operations.at(-1)?.operation.stamp;
    return {
      sequence,
      hash: hashOfBatch(bytes),
      operations: decodePosition(row).operations,
      lastStamp: last ? stampToText(last) : '',
      certificate: this.certificateAt(device, sequence),
    };
  }

  /** Takes the batches up to this one, and their index, away. */
  async dropUpTo(device: DeviceId, end: LogEnd): Promise<void> {
    const known = this.#devices.get(device);
    const row = this.#options.rows.get(batchKey(device, end.sequence));
    if (!known || !row || (known.file.before?.sequence ?? 0) >= end.sequence) return;
    const { offset } = decodePosition(row);
    const length = this.read({ device, sequence: end.sequence })?.length;
    if (length === undefined) return;
    await known.file.dropBefore(offset + recordHeaderBytes + length, end);
    this.#forgetBatches(device, end.sequence);
  }

  /** Replaces a log that ends before `end` by what will continue that. */
  continueFrom(device: DeviceId, end: LogEnd): void {
    const file = this.#openFile(device);
    if (!file) throw new Error(`the log file of device ${device} is not a log`);
    file.continueFrom(end);
    const progress = progressOfEnd(end, file.start);
    const { rows } = this.#options;
    rows.transaction(() => rows.put(deviceKey(device), encodeProgress(progress)));
    this.#know(device, file, progress);
    this.#forgetBatches(device, end.sequence);
  }

  /** Within a transaction: the author has seen this, without having said so. */
  raiseSeen(author: DeviceId, seen: Frontier): void {
    writeSeen(this.#options.rows, author, seen);
  }

  syncOne(device: DeviceId): Promise<void> {
    return this.#devices.get(device)?.file.sync() ?? Promise.resolve();
  }

  syncNow(device: DeviceId): void {
    this.#devices.get(device)?.file.syncNow();
  }

  async syncAll(): Promise<void> {
    await Promise.all([...this.#devices.values()].map(({ file }) => file.sync()));
  }

  async close(): Promise<void> {
    const files = [...this.#unusedFiles.values()];
    for (const { file } of this.#devices.values()) files.push(file);
    await Promise.all([...new Set(files)].map((file) => file.close()));
  }

  #openFile(device: DeviceId): LogFile | undefined {
    const known = this.#devices.get(device)?.file ?? this.#unusedFiles.get(device);
    if (known) return known;
    const path = join(this.#options.directory, `${device}.log`);
    const file = LogFile.open(path, device, this.#options.disk);
    if (file) this.#unusedFiles.set(device, file);
    else this.#options.logger.error({ path }, 'not a log of this device in a known version');
    return file;
  }

  #know(device: DeviceId, file: LogFile, progress: DeviceProgress): void {
    const known = this.#devices.get(device);
    const isSame = known?.progress.certificate.equals(progress.certificate) ?? false;
    const certificate = isSame ? known?.certificate : this.#certificateOf(progress.certificate);
    if (!certificate) throw new Error(`the certificate of device ${device} was not checked`);
    this.#devices.set(device, { file, progress, certificate });
  }

  #forgetBatches(device: DeviceId, upTo: number): void {
    const { rows } = this.#options;
    const range = { ...batchRangeOf(device), end: batchKey(device, upTo + 1) };
    for (let page = rows.first(range, forgottenAtOnce); page.length > 0;) {
      rows.transaction(() => {
        for (const { key } of page) rows.remove(key);
      });
      page = rows.first(range, forgottenAtOnce);
    }
  }

  certificateAt(device: DeviceId, sequence: number): Buffer {
    const { progress, file } = this.#devices.get(device) ?? {};
    if (progress && progress.certificateSequence <= sequence) return progress.certificate;
    for (let at = sequence; at > (file?.before?.sequence ?? 0); at -= 1) {
      const bytes = this.read({ device, sequence: at });
      const certificate = bytes && decodeBatchHead(bytes).certificate;
      if (certificate) return Buffer.from(certificate);
    }
    return file?.before?.certificate ?? noHash;
  }

  #certificateOf(der: Buffer): DeviceCertificate | undefined {
    const certificate = this.#options.certificateInfo(der);
    return 'refused' in certificate ? undefined : certificate;
  }
}

/** How many operations wait to be brought into the tree. */
function encodeWaiting(operations: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(operations);
  return bytes;
}

function progressAfter(before: DeviceProgress | undefined, entry: PlacedEntry): DeviceProgress {
  return {
    sequence: entry.sequence,
    operations: (before?.operations ?? 0) + entry.operations,
    logBytes: entry.offset + recordHeaderBytes + entry.bytes.length,
    hash: hashOfBatch(entry.bytes),
    lastStamp: entry.lastStamp,
    certificate: Buffer.from(entry.certificate ?? before?.certificate ?? noHash),
    certificateSequence: entry.certificate ? entry.sequence : (before?.certificateSequence ?? 0),
  };
}

function progressOfEnd(end: LogEnd, logBytes: number): DeviceProgress {
  return { ...end, logBytes, certificateSequence: end.sequence };
}
