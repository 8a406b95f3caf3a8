import type { DeviceId } from '../../identity/ids.ts';
import { decodeBatch, decodeBatchHead, hashOfBatch, noHash } from '../codec/batch.ts';
import type { Author } from '../operations/operation-kind.ts';
import type { BatchId, Frontier, LoggedBatch } from '../replica.ts';
import { stampToText } from '../stamp.ts';
import type { Rows } from '../tables/rows.ts';
import type { DeviceProgress } from './device-row.ts';
import { authorOf, type CertificateReader, type DeviceCertificate } from './known-device.ts';
import type { LogEnd } from './log-end.ts';
import type { LogEntry, PlacedEntry } from './log-entry.ts';
import { type LogFile, type LogRecord, recordHeaderBytes } from './log-file.ts';
import { LogFiles, type LogFilesOptions } from './log-files.ts';
import { LogIndex } from './log-index.ts';
import { readSeen, writeSeen } from './seen-rows.ts';

export interface LogsOptions extends LogFilesOptions {
  readonly rows: Rows;
  readonly certificateInfo: CertificateReader;
  /** This device, whose operations come before its log does. */
  readonly own: DeviceCertificate;
}

interface Device {
  readonly file: LogFile;
  readonly progress: DeviceProgress;
  readonly certificate: DeviceCertificate;
}

/** The logs of all devices, in one file each, and the index of them in the database. */
export class Logs {
  readonly #options: LogsOptions;
  readonly #files: LogFiles;
  readonly #index: LogIndex;
  /** Those that are indexed. */
  readonly #devices = new Map<DeviceId, Device>();

  constructor(options: LogsOptions) {
    this.#options = options;
    this.#files = new LogFiles(options);
    this.#index = new LogIndex(options.rows);
  }

  /** Devices that have a log file, whether it is indexed or not. */
  devicesOnDisk(): DeviceId[] {
    return this.#files.devices();
  }

  /** What the database knows of the logs; false when a log is shorter than that, so that the database cannot be trusted. */
  load(): boolean {
    for (const { device, progress } of this.#index.devices()) {
      const file = this.#files.open(device);
      const certificate = this.#certificateOf(progress.certificate);
      const isThere = file && file.length >= progress.logBytes && file.start <= progress.logBytes;
      if (!file || !certificate || !isThere) return false;
      this.#devices.set(device, { file, progress, certificate });
    }
    return true;
  }

  /** Whole records of a log after what is indexed. */
  *recordsAfterIndex(device: DeviceId): Generator<LogRecord> {
    const file = this.#files.open(device);
    if (file) yield* file.records(this.#devices.get(device)?.progress.logBytes);
  }

  /** Whole batches of a log, from the first, whether indexed or not. */
  *records(device: DeviceId): Generator<LogRecord> {
    const file = this.#files.open(device);
    if (file) yield* file.records();
  }

  /** Begins the index of a log with what was folded away from it. */
  beginIndex(device: DeviceId): void {
    const file = this.#files.open(device);
    if (!file?.before || this.#devices.has(device)) return;
    this.#know(device, file, this.#index.begin(device, file.before, file.start));
  }

  /** Cuts what follows the indexed records. */
  cutAfterIndex(device: DeviceId): void {
    const file = this.#files.open(device);
    if (!file) return;
    const end = this.#devices.get(device)?.progress.logBytes ?? file.start;
    if (file.length === end) return;
    const lostBytes = file.length - end;
    this.#options.logger.warn({ device, lostBytes }, 'the end of a log was not whole and was cut');
    file.cut(end);
  }

  /** Forgets what `load` and `index` found, to read the logs from their beginning. */
  forget(): void {
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
    const file = this.#files.require(device);
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
    const file = this.#files.open(device);
    if (!file) return;
    const before = this.#devices.get(device)?.progress;
    const progress = this.#index.add(device, before, entries, waiting);
    if (progress) this.#know(device, file, progress);
  }

  /** A batch by its place in the device's log; undefined when it is not there. */
  read(id: BatchId): Buffer | undefined {
    const position = this.#index.positionOf(id);
    return position && this.#devices.get(id.device)?.file.read(position.offset);
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

  operationsAfter(id: BatchId): number {
    const total = this.#devices.get(id.device)?.progress.operations ?? 0;
    const before = this.#index.positionOf(id) ?? this.beforeOf(id.device);
    return total - (before?.operations ?? 0);
  }

  /** What a log is up to a batch that is in it. */
  endAt(device: DeviceId, sequence: number): LogEnd | undefined {
    const bytes = this.read({ device, sequence });
    const position = this.#index.positionOf({ device, sequence });
    if (!bytes || !position) return undefined;
    const last = decodeBatch(bytes).operations.at(-1)?.operation.stamp;
    return {
      sequence,
      hash: hashOfBatch(bytes),
      operations: position.operations,
      lastStamp: last ? stampToText(last) : '',
      certificate: this.certificateAt(device, sequence),
    };
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

  /** Takes the batches up to this one, and their index, away. */
  async dropUpTo(device: DeviceId, end: LogEnd): Promise<void> {
    const id = { device, sequence: end.sequence };
    const known = this.#devices.get(device);
    const position = this.#index.positionOf(id);
    if (!known || !position || (known.file.before?.sequence ?? 0) >= end.sequence) return;
    const length = this.read(id)?.length;
    if (length === undefined) return;
    await known.file.dropBefore(position.offset + recordHeaderBytes + length, end);
    this.#index.forgetUpTo(id);
  }

  /** Replaces a log that ends before `end` by what will continue that. */
  continueFrom(device: DeviceId, end: LogEnd): void {
    const file = this.#files.require(device);
    file.continueFrom(end);
    this.#know(device, file, this.#index.begin(device, end, file.start));
    this.#index.forgetUpTo({ device, sequence: end.sequence });
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

  close(): Promise<void> {
    return this.#files.close();
  }

  #know(device: DeviceId, file: LogFile, progress: DeviceProgress): void {
    const known = this.#devices.get(device);
    const isSame = known?.progress.certificate.equals(progress.certificate) ?? false;
    const certificate = isSame ? known?.certificate : this.#certificateOf(progress.certificate);
    if (!certificate) throw new Error(`the certificate of device ${device} was not checked`);
    this.#devices.set(device, { file, progress, certificate });
  }

  #certificateOf(der: Buffer): DeviceCertificate | undefined {
    const certificate = this.#options.certificateInfo(der);
    return 'refused' in certificate ? undefined : certificate;
  }
}
