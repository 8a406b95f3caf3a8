import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
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
import { FoldedLog } from './folded-log.ts';
import type { LogEnd } from './log-end.ts';
import {
  headerOfCutLog,
  headerOfWholeLog,
  logHeaderBytes,
  type LogStart,
  readLogStart,
  wholeLog,
} from './log-header.ts';

// The batches of one device, each a record `u32 length | u32 CRC-32 | batch`, after a header. docs/formats/log.md

const fdatasyncAsync = promisify(fdatasync);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);

export const recordHeaderBytes = 8;

export interface LogRecord {
  readonly offset: number;
  readonly bytes: Buffer;
}

export class LogFile {
  readonly path: string;
  readonly #device: DeviceId;
  readonly #disk: Disk;
  #descriptor: number;
  #start: LogStart;
  /** Bytes that hold whole records; what is written next comes here. */
  #length: number;
  /** Bytes that are on the disk itself, as far as is known. */
  #durable = 0;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  #failure: Error | undefined;
  /** The name of a new file is durable once its directory is. */
  #named: boolean;

  private constructor(path: string, device: DeviceId, opened: Opened, disk: Disk) {
    this.path = path;
    this.#device = device;
    this.#descriptor = opened.descriptor;
    this.#start = opened.start;
    this.#length = opened.length;
    this.#disk = disk;
    this.#named = !opened.isNew;
  }

  /** Undefined when it is not a log of this device in a known version. An interrupted creation counts as new. */
  static open(path: string, device: DeviceId, disk: Disk): LogFile | undefined {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const descriptor = disk.attempt('log.open', () => openSync(path, flags, 0o600));
    const size = fstatSync(descriptor).size;
    if (size < logHeaderBytes || isBlank(descriptor)) {
      const header = headerOfWholeLog(device);
      disk.attempt('log.cut', () => ftruncateSync(descriptor, 0), {
        ...{ resizes: descriptor, size: 0 },
      });
      disk.attempt('log.create', () => writeFully(descriptor, header, 0), {
        ...{ writes: descriptor, bytes: header, position: 0 },
      });
      const length = logHeaderBytes;
      return new LogFile(path, device, { descriptor, start: wholeLog, length, isNew: true }, disk);
    }
    const start = readLogStart(descriptor, device);
    if (start) {
      const length = size - start.headerBytes + start.offset;
      return new LogFile(path, device, { descriptor, start, length, isNew: false }, disk);
    }
    closeSync(descriptor);
    return undefined;
  }

  /** What its first record continues; null when nothing was taken away. */
  get before(): LogEnd | null {
    return this.#start.before;
  }

  /** Of the first record. Offsets, also of the end, are as if nothing had ever been taken away. */
  get start(): number {
    return this.#start.offset;
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
      const position = this.#positionOf(this.#length);
      this.#disk.attempt('log.append', () => writeFully(this.#descriptor, bytes, position), {
        ...{ writes: this.#descriptor, bytes, position },
      });
    } catch (error) {
      // A piece of a record may be there, and would hide what is written after it.
      this.takeBack(this.#length);
      throw error;
    }
    this.#length = end;
    return offsets;
  }

  /** The batch of the record at `offset`; undefined when there is no whole record. */
  read(offset: number): Buffer | undefined {
    if (offset < this.#start.offset) return undefined;
    const position = this.#positionOf(offset);
    const header = Buffer.allocUnsafe(recordHeaderBytes);
    if (!readFully(this.#descriptor, header, position)) return undefined;
    const length = header.readUInt32BE(0);
    if (length === 0 || length > maximumBatchBytes) return undefined;
    const bytes = Buffer.allocUnsafeSlow(length);
    if (!readFully(this.#descriptor, bytes, position + recordHeaderBytes)) return undefined;
    return crc32(bytes) === header.readUInt32BE(4) ? bytes : undefined;
  }

  /** Whole records from `offset` on, up to the first that is not. */
  *records(offset = this.#start.offset): Generator<LogRecord> {
    for (let at = offset; at < this.#length;) {
      const bytes = this.read(at);
      if (!bytes) return;
      yield { offset: at, bytes };
      at += recordHeaderBytes + bytes.length;
    }
  }

  /** Takes away what is not a whole record: the end of what was being written when the machine stopped. */
  cut(length: number): void {
    const size = this.#positionOf(length);
    this.#disk.attempt('log.cut', () => ftruncateSync(this.#descriptor, size), {
      ...{ resizes: this.#descriptor, size },
    });
    this.#length = length;
  }

  /** What was just appended does not count. When the disk does not let it be cut, the next record is written over it. */
  takeBack(length: number): void {
    this.#length = length;
    try {
      this.cut(length);
    } catch {
      return;
    }
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
    this.#disk.attempt('log.sync', () => fdatasyncSync(this.#descriptor), {
      flushes: this.#descriptor,
    });
    this.#durable = this.#length;
  }

  /**
   * Takes away what is before the record at `offset`, which continues `before`. The file is replaced by one that holds the rest; when
   * that fails, or the machine stops in between, it is as it was.
   */
  async dropBefore(offset: number, before: LogEnd): Promise<void> {
    if (offset <= this.#start.offset) return;
    const header = headerOfCutLog(this.#device, offset, before);
    const folded = new FoldedLog(this.path, header, this.#disk);
    let durable = offset;
    try {
      let copied = offset;
      // What is appended during the flush is copied after it.
      while (copied < this.#length) {
        const end = this.#length;
        await folded.copy(this.#descriptor, this.#positionOf(copied), this.#positionOf(end));
        copied = end;
      }
      await folded.sync();
      const end = this.#positionOf(this.#length);
      folded.copyNow(this.#descriptor, this.#positionOf(copied), end);
      this.#rename(folded);
      durable = copied;
    } catch (error) {
      folded.abandon();
      throw error;
    }
    this.#use(folded, { headerBytes: header.length, offset, before }, durable);
    await this.sync();
  }

  /** Replaces the file by one without records, whose first will continue `before`. It is on the disk itself afterwards. */
  continueFrom(before: LogEnd): void {
    const offset = this.#length;
    const header = headerOfCutLog(this.#device, offset, before);
    const folded = new FoldedLog(this.path, header, this.#disk);
    try {
      folded.syncNow();
      this.#rename(folded);
    } catch (error) {
      folded.abandon();
      throw error;
    }
    this.#use(folded, { headerBytes: header.length, offset, before }, offset);
  }

  #rename(folded: FoldedLog): void {
    this.#disk.attempt('log.fold-rename', () => renameSync(folded.path, this.path));
  }

  #use({ descriptor }: FoldedLog, start: LogStart, durable: number): void {
    const old = this.#descriptor;
    this.#descriptor = descriptor;
    this.#start = start;
    this.#durable = durable;
    // The new name is durable once the directory is: until then the old file may come back.
    this.#named = false;
    void (this.#syncing ?? Promise.resolve()).catch(() => undefined).then(() => closeSync(old));
  }

  async close(): Promise<void> {
    await (this.#nextSync ?? this.#syncing)?.catch(() => undefined);
    await closeAsync(this.#descriptor);
  }

  async #flush(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const length = this.#length;
    const descriptor = this.#descriptor;
    try {
      await this.#disk.attemptAsync('log.sync', () => fdatasyncAsync(descriptor), {
        flushes: descriptor,
      });
      if (!this.#named) await this.#syncDirectory(descriptor);
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
    // What was flushed is the file that was here before.
    if (descriptor !== this.#descriptor) return this.#flush();
    this.#durable = Math.max(this.#durable, length);
  }

  async #syncDirectory(of: number): Promise<void> {
    const descriptor = openSync(dirname(this.path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await this.#disk.attemptAsync('log.sync-directory', () => fsyncAsync(descriptor));
    } finally {
      closeSync(descriptor);
    }
    this.#named = of === this.#descriptor;
  }

  /** In the file. */
  #positionOf(offset: number): number {
    return offset - this.#start.offset + this.#start.headerBytes;
  }
}

interface Opened {
  readonly descriptor: number;
  readonly start: LogStart;
  readonly length: number;
  readonly isNew: boolean;
}

/** A new file whose bytes did not come to the disk before the power failed, although its length did. */
function isBlank(descriptor: number): boolean {
  const header = Buffer.alloc(logHeaderBytes);
  return readFully(descriptor, header, 0) && header.every((byte) => byte === 0);
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
