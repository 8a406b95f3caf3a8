import { closeSync, fstatSync, fsync, openSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Disk } from '../../storage/disk.ts';

const fsyncAsync = promisify(fsync);

/** A file that comes in pieces, from its beginning. What came before an interruption stays. */
export class PartialFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #disk: Disk;
  #length: number;

  constructor(path: string, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
    this.#descriptor = disk.attempt('checkpoint.create', () => openSync(path, 'a', 0o600));
    this.#length = fstatSync(this.#descriptor).size;
  }

  get length(): number {
    return this.#length;
  }

  append(piece: Uint8Array): void {
    this.#disk.attempt('checkpoint.fetch', () => {
      for (let done = 0; done < piece.length;) {
        done += writeSync(this.#descriptor, piece, done, piece.length - done);
      }
    });
    this.#length += piece.length;
  }

  /** All of it is there. */
  async finish(): Promise<void> {
    try {
      await this.#disk.attemptAsync('checkpoint.sync', () => fsyncAsync(this.#descriptor));
    } finally {
      this.close();
    }
  }

  /** It goes on later. */
  close(): void {
    closeSync(this.#descriptor);
  }

  /** After it turned out not to be what it should be. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
