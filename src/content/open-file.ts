import type { OpenContent, Reader } from './content-store.ts';
import { FileBackingAccess, type BackingAccess } from './passthrough/backing-access.ts';
import { allocate } from './file/allocate.ts';
import { copyRange } from './file/copy-range.ts';
import type { FileState } from './file/file-state.ts';
import { NewerVersion } from './file/newer-version.ts';
import { publish, published } from './file/publish.ts';
import { punchHole } from './file/punch-hole.ts';
import { read } from './file/read.ts';
import { firstAbsent, spanOf } from './file/residency.ts';
import { truncate } from './file/resize.ts';
import { seek } from './file/seek.ts';
import { sync } from './file/sync.ts';
import { append, write } from './file/write.ts';
import type { Version } from './version.ts';

/** One opening of a file. */
export class OpenFile implements OpenContent {
  readonly backing: BackingAccess;
  readonly #state: FileState;
  readonly #readAheadMaximumBytes: number;
  readonly #closed: (state: FileState) => void;
  #open = true;

  constructor(state: FileState, readAheadMaximumBytes: number, closed: (state: FileState) => void) {
    this.#state = state;
    this.backing = new FileBackingAccess(state);
    this.#readAheadMaximumBytes = readAheadMaximumBytes;
    this.#closed = closed;
  }

  get size(): number {
    return this.#state.size;
  }

  get dirty(): boolean {
    return this.#state.ahead;
  }

  get changedAtMs(): number | undefined {
    return this.#state.ahead ? this.#state.changedAtMs : undefined;
  }

  isResident(position: number, length: number): boolean {
    const end = Math.min(position + length, this.#state.size);
    if (end <= position) return true;
    const span = spanOf(this.#state.blockSize, position, end - position);
    return firstAbsent(this.#state, span) === undefined;
  }

  read(
    position: number,
    target: Buffer,
    reader: Reader,
    signal?: AbortSignal,
  ): number | Promise<number> {
    return read(this.#state, position, target, reader, this.#readAheadMaximumBytes, signal);
  }

  write(position: number, data: Uint8Array): void | Promise<void> {
    return write(this.#state, position, data);
  }

  copyFrom(
    source: OpenContent,
    from: number,
    position: number,
    length: number,
  ): Promise<number> | undefined {
    if (!(source instanceof OpenFile)) return undefined;
    return copyRange(source.#state, from, this.#state, position, length);
  }

  append(data: Uint8Array): void | Promise<void> {
    return append(this.#state, data);
  }

  truncate(size: number): void | Promise<void> {
    return truncate(this.#state, size);
  }

  punchHole(position: number, length: number): void | Promise<void> {
    return punchHole(this.#state, position, length);
  }

  allocate(position: number, length: number, grow: boolean): Promise<void> {
    return allocate(this.#state, position, length, grow);
  }

  seek(position: number, what: 'data' | 'hole'): number | undefined {
    return seek(this.#state, position, what);
  }

  publish(): Version | undefined | Promise<Version | undefined> {
    return publish(this.#state);
  }

  stopWaiting(): void {
    this.#state.stopWaiting(new NewerVersion('another version has come'));
  }

  published(version: Version): void {
    published(this.#state, version);
  }

  sync(): Promise<void> {
    return sync(this.#state);
  }

  residentDescriptor(): number | undefined {
    if (!this.isResident(0, this.#state.size)) return undefined;
    return this.#state.backing.descriptor()?.number;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed(this.#state);
  }
}
