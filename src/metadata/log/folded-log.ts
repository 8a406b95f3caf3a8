import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  read,
  readSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Disk } from '../../storage/disk.ts';

// A new log file that holds the end of another one. It takes the other's name once it is on the disk itself.

const fdatasyncAsync = promisify(fdatasync);
const readAsync = promisify(read);
const writeAsync = promisify(write);

/** Copied between two looks at what else there is to do; off the main thread. */
const copiedAtOnce = 1024 * 1024;

export class FoldedLog {
  readonly path: string;
  readonly descriptor: number;
  readonly #disk: Disk;
  /** Where the next byte comes. */
  #end = 0;

  /** `path` is that of the log that it shall replace. */
  constructor(path: string, header: Buffer, disk: Disk) {
    this.path = `${path}.new`;
    this.#disk = disk;
    this.descriptor = disk.attempt('log.fold-write', () => openSync(this.path, 'w+', 0o600));
    this.#write(header);
  }

  /** Copies a piece of the other log. */
  async copy(from: number, position: number, end: number): Promise<void> {
    for (let at = position; at < end;) {
      const bytes = Buffer.allocUnsafe(Math.min(copiedAtOnce, end - at));
      const { bytesRead } = await readAsync(from, bytes, 0, bytes.length, at);
      if (bytesRead === 0) throw new Error('a log is shorter than it was');
      await this.#writeAsync(bytes.subarray(0, bytesRead));
      at += bytesRead;
    }
  }

  /** As `copy`, for the little that came meanwhile. */
  copyNow(from: number, position: number, end: number): void {
    if (end === position) return;
    const bytes = Buffer.alloc(end - position);
    if (readSync(from, bytes, 0, bytes.length, position) < bytes.length) {
      throw new Error('a log is shorter than it was');
    }
    this.#write(bytes);
  }

  sync(): Promise<void> {
    const effect = { flushes: this.descriptor };
    const { descriptor } = this;
    return this.#disk.attemptAsync('log.fold-sync', () => fdatasyncAsync(descriptor), effect);
  }

  syncNow(): void {
    const { descriptor } = this;
    this.#disk.attempt('log.fold-sync', () => fdatasyncSync(descriptor), { flushes: descriptor });
  }

  abandon(): void {
    closeSync(this.descriptor);
    rmSync(this.path, { force: true });
  }

  #write(bytes: Buffer): void {
    const { descriptor } = this;
    const position = this.#end;
    this.#disk.attempt('log.fold-write', () => writeWhole(descriptor, bytes, position), {
      ...{ writes: descriptor, bytes, position },
    });
    this.#end += bytes.length;
  }

  async #writeAsync(bytes: Buffer): Promise<void> {
    const { descriptor } = this;
    const position = this.#end;
    await this.#disk.attemptAsync(
      'log.fold-write',
      async () => {
        for (let done = 0; done < bytes.length;) {
          const left = bytes.length - done;
          done += (await writeAsync(descriptor, bytes, done, left, position + done)).bytesWritten;
        }
      },
      { writes: descriptor, bytes, position },
    );
    this.#end += bytes.length;
  }
}

function writeWhole(descriptor: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}
