import { closeSync, fsync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Hasher } from '../../crypto/hasher.ts';
import type { Disk } from '../../storage/disk.ts';
import type { Row } from '../tables/rows.ts';
import { type CheckpointHeader, encodeHeader } from './header.ts';

// docs/formats/checkpoint.md

const fsyncAsync = promisify(fsync);

export const checkpointMagic: Buffer = Buffer.from('PFUSECKP', 'latin1');
export const checkpointVersion = 1;
/** Magic, version and length of the header. */
export const prefixBytes = 16;
/** Before each row: length of the key, length of the value. A key of no bytes ends them. */
export const rowPrefixBytes = 6;

/** Rows are gathered into writes of about this size. */
const writeBytes = 256 * 1024;

/** Writes a checkpoint's file under a temporary name, piece by piece; it gets its name once it is on the disk itself. */
export class CheckpointWriter {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #disk: Disk;
  readonly #hasher = new Hasher();
  #pieces: Buffer[] = [];
  #gathered = 0;
  bytes = 0;
  rows = 0;

  constructor(path: string, header: CheckpointHeader, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
    this.#descriptor = disk.attempt('checkpoint.create', () => openSync(path, 'w', 0o600));
    const body = encodeHeader(header);
    const prefix = Buffer.alloc(prefixBytes);
    checkpointMagic.copy(prefix);
    prefix.writeUInt32BE(checkpointVersion, 8);
    prefix.writeUInt32BE(body.length, 12);
    this.#gather(prefix);
    this.#gather(body);
  }

  row({ key, value }: Row): void {
    const prefix = Buffer.allocUnsafe(rowPrefixBytes + key.length);
    prefix.writeUInt16BE(key.length, 0);
    prefix.writeUInt32BE(value.length, 2);
    prefix.write(key, rowPrefixBytes, 'latin1');
    this.#gather(prefix);
    this.#gather(value);
    this.rows += 1;
  }

  /** The hash of all that was written; resolves when it is on the disk itself. */
  async finish(): Promise<Buffer> {
    try {
      this.#gather(Buffer.alloc(rowPrefixBytes));
      this.#write();
      const hash = this.#hasher.digest();
      this.#disk.attempt('checkpoint.write', () => writeWhole(this.#descriptor, hash));
      this.bytes += hash.length;
      await this.#disk.attemptAsync('checkpoint.sync', () => fsyncAsync(this.#descriptor));
      closeSync(this.#descriptor);
      return hash;
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Instead of `finish`. */
  abandon(): void {
    try {
      closeSync(this.#descriptor);
    } catch {
      // It was closed already.
    }
    rmSync(this.#path, { force: true });
  }

  #gather(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    if (this.#gathered >= writeBytes) this.#write();
  }

  #write(): void {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#gathered = 0;
    this.#hasher.update(bytes);
    this.#disk.attempt('checkpoint.write', () => writeWhole(this.#descriptor, bytes));
    this.bytes += bytes.length;
  }
}

/** Gives a finished file its name, durably. */
export function nameDurably(disk: Disk, temporary: string, path: string): void {
  disk.attempt('checkpoint.rename', () => renameSync(temporary, path));
  const descriptor = openSync(dirname(path), 'r');
  try {
    disk.attempt('checkpoint.sync-directory', () => fsyncSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done);
  }
}
