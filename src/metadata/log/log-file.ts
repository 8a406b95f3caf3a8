import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
  constants,
  close,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { DeviceId } from '../../identity/ids.ts';
import type { Disk } from '../../storage/disk.ts';
import { maximumBatchBytes } from '../codec/batch.ts';

// The batches of one device, each a record `u32 length | u32 CRC-32 | batch`, after a header. docs/formats/log.md

const fdatasyncAsync = promisify(fdatasync);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);

const magic = Buffer.from('PFUSELOG', 'latin1');
const formatVersion = 1;
export const logHeaderBytes = 16;
export const recordHeaderBytes = 8;

export interface LogRecord {
  readonly offset: number;
  readonly bytes: Buffer;
}

export class LogFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #disk: Disk;
  /** Bytes that hold whole records; what is written next comes here. */
  #length: number;
  /** Bytes that are on the disk itself, as far as is known. */
  #durable = 0;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  #failure: Error | undefined;
  /** The name of a new file is durable once its directory is. */
  #named: boolean;

  private constructor(
    path: string,
    descriptor: number,
    length: number,
    disk: Disk,
    isNew: boolean,
  ) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#length = length;
    this.#disk = disk;
    this.#named = !isNew;
  }

  /** Undefined when it is not a log of this device in a known version. An interrupted creation counts as new. */
  static open(path: string, device: DeviceId, disk: Disk): LogFile | undefined {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const descriptor = disk.attempt('log.open', () => openSync(path, flags, 0o600));
    const size = fstatSync(descriptor).size;
    const header = headerOf(device);
    if (size < logHeaderBytes) {
      disk.attempt('log.create', () => writeSync(descriptor, header, 0, logHeaderBytes, 0));
      return new LogFile(path, descriptor, logHeaderBytes, disk, true);
    }
    const found = Buffer.alloc(logHeaderBytes);
    readSync(descriptor, found, 0, logHeaderBytes, 0);
    if (found.equals(header)) return new LogFile(path, descriptor, size, disk, false);
    closeSync(descriptor);
    return undefined;
  }

  get length(): number {
    return this.#length;
  }

  /** All or nothing; the offset of each record. */
  append(batches: readonly Uint8Array[]): number[] {
    const offsets: number[] = [];
    const pieces: Uint8Array[] = [];
    let end = this.#length;
    for (const batch of batches) {
      offsets.push(end);
      pieces.push(recordHeader(batch), batch);
      end += recordHeaderBytes + batch.length;
    }
    const bytes = Buffer.concat(pieces);
    try {
      this.#disk.attempt('log.append', () => writeFully(this.#descriptor, bytes, this.#length));
    } catch (error) {
      // A piece of a record may be there, and would hide what is written after it.
      ftruncateSync(this.#descriptor, this.#length);
      throw error;
    }
    this.#length = end;
    return offsets;
  }

  /** The batch of the record at `offset`; undefined when there is no whole record. */
  read(offset: number): Buffer | undefined {
    const header = Buffer.allocUnsafe(recordHeaderBytes);
    if (!readFully(this.#descriptor, header, offset)) return undefined;
    const length = header.readUInt32BE(0);
    if (length === 0 || length > maximumBatchBytes) return undefined;
    const bytes = Buffer.allocUnsafeSlow(length);
    if (!readFully(this.#descriptor, bytes, offset + recordHeaderBytes)) return undefined;
    return crc32(bytes) === header.readUInt32BE(4) ? bytes : undefined;
  }

  /** Whole records from `offset` on, up to the first that is not. */
  *records(offset = logHeaderBytes): Generator<LogRecord> {
    for (let at = offset; at < this.#length;) {
      const bytes = this.read(at);
      if (!bytes) return;
      yield { offset: at, bytes };
      at += recordHeaderBytes + bytes.length;
    }
  }

  /** Takes away what is not a whole record: the end of what was being written when the machine stopped. */
  cut(length: number): void {
    this.#disk.attempt('log.cut', () => ftruncateSync(this.#descriptor, length));
    this.#length = length;
  }

  get isDurable(): boolean {
    return this.#named && this.#durable >= this.#length;
  }

  /**
   * Resolves when all that was appended before the call is on the disk itself; those who call while a flush runs share the next one.
   * After a failure it always fails: the kernel has forgotten which pages it could not write.
   */
  sync(): Promise<void> {
    if (this.isDurable) return Promise.resolve();
    this.#nextSync ??= (this.#syncing ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#nextSync = undefined;
        this.#syncing = this.#flush();
        return this.#syncing;
      });
    return this.#nextSync;
  }

  /** As `sync`, at the start, when there is nobody to hold up. */
  syncNow(): void {
    this.#disk.attempt('log.sync', () => fdatasyncSync(this.#descriptor));
    this.#durable = this.#length;
  }

  async close(): Promise<void> {
    await (this.#nextSync ?? this.#syncing)?.catch(() => undefined);
    await closeAsync(this.#descriptor);
  }

  async #flush(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const length = this.#length;
    try {
      await this.#disk.attemptAsync('log.sync', () => fdatasyncAsync(this.#descriptor));
      if (!this.#named) await this.#syncDirectory();
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
    this.#durable = Math.max(this.#durable, length);
  }

  async #syncDirectory(): Promise<void> {
    const descriptor = openSync(dirname(this.path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await this.#disk.attemptAsync('log.sync-directory', () => fsyncAsync(descriptor));
    } finally {
      closeSync(descriptor);
    }
    this.#named = true;
  }
}

function headerOf(device: DeviceId): Buffer {
  const header = Buffer.alloc(logHeaderBytes);
  magic.copy(header);
  header.writeUInt32BE(formatVersion, 8);
  header.writeUInt32BE(device, 12);
  return header;
}

function recordHeader(batch: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(recordHeaderBytes);
  header.writeUInt32BE(batch.length, 0);
  header.writeUInt32BE(crc32(batch), 4);
  return header;
}

function writeFully(descriptor: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}

function readFully(descriptor: number, target: Buffer, position: number): boolean {
  for (let done = 0; done < target.length;) {
    const count = readSync(descriptor, target, done, target.length - done, position + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}
