import { fstatSync, ftruncateSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { fallocateFlags, native } from '../../platform/native.ts';
import type { StoreContext } from '../store-context.ts';
import type { FileId } from '../version.ts';
import type { Descriptor } from './descriptors.ts';
import { backingPath } from './paths.ts';
import { writeFully } from './write-fully.ts';

const readAsync = promisify(read);

/** Punching and reserving more than this goes to the thread pool. */
export const quickAllocationBytes = 4 * 1024 * 1024;

/** The sparse file that holds a file's bytes at their own positions. Made by the first write or fetch; until then all is zeros. */
export class BackingFile {
  readonly path: string;
  readonly #context: StoreContext;
  #exists: boolean | undefined;

  constructor(context: StoreContext, file: FileId, knownNotToExist: boolean) {
    this.#context = context;
    this.path = backingPath(context.directory, file);
    this.#exists = knownNotToExist ? false : undefined;
  }

  get exists(): boolean {
    return this.#exists ?? this.descriptor() !== undefined;
  }

  /** Good until control returns to the event loop: otherwise retain it in the context's cache. */
  descriptor(): Descriptor | undefined {
    if (this.#exists === false) return undefined;
    const descriptor = this.#context.descriptors.open(this.path, false);
    this.#exists = descriptor !== undefined;
    return descriptor;
  }

  /** Made when needed, with `size` bytes of zeros. */
  made(size: number): Descriptor {
    const known = this.descriptor();
    if (known) return known;
    const descriptor = this.#context.descriptors.open(this.path, true)!;
    this.#exists = true;
    if (size > 0) this.#resize(descriptor, size);
    return descriptor;
  }

  size(): number {
    const descriptor = this.descriptor();
    return descriptor ? fstatSync(descriptor.number).size : 0;
  }

  resize(size: number): void {
    const descriptor = this.descriptor();
    if (descriptor) this.#resize(descriptor, size);
  }

  #resize(descriptor: Descriptor, size: number): void {
    const { number } = descriptor;
    this.#context.disk.attempt('content.resize', () => ftruncateSync(number, size), {
      ...{ resizes: number, size },
    });
  }

  /** All of `data`. */
  write(descriptor: Descriptor, data: Uint8Array, position: number): void {
    this.#context.disk.attempt(
      'content.write',
      () => writeFully(descriptor.number, data, position),
      {
        ...{ writes: descriptor.number, bytes: data, position },
      },
    );
  }

  /** On the calling thread, even when the disk has to be waited for: for a block or a few. Fewer bytes only at the end. */
  readWaiting(target: Uint8Array, position: number): number {
    const descriptor = this.descriptor();
    if (!descriptor) return 0;
    return readSync(descriptor.number, target, 0, target.length, position);
  }

  /** `length` bytes that are known to be resident: at once when the kernel has them in memory. */
  read(target: Buffer, length: number, position: number): number | Promise<number> {
    const descriptor = this.descriptor();
    if (!descriptor) {
      target.fill(0, 0, length);
      return length;
    }
    const got = native.preadNow(descriptor.number, target, 0, length, position);
    return got === length ? got : this.#readRest(descriptor, target, length, position, got);
  }

  async #readRest(
    descriptor: Descriptor,
    target: Buffer,
    length: number,
    position: number,
    got: number,
  ): Promise<number> {
    this.#context.descriptors.retain(descriptor);
    try {
      let done = Math.max(0, got);
      while (done < length) {
        const rest = length - done;
        const { bytesRead } = await readAsync(
          ...([descriptor.number, target, done, rest, position + done] as const),
        );
        // Cut while it was read: what is beyond the end reads as zeros, as in a hole.
        if (bytesRead === 0) target.fill(0, done, length);
        done += bytesRead === 0 ? rest : bytesRead;
      }
      return length;
    } finally {
      this.#context.descriptors.release(descriptor);
    }
  }

  /** Makes the range zeros. */
  punch(position: number, length: number): void {
    const descriptor = this.descriptor();
    if (!descriptor || length <= 0) return;
    const mode = fallocateFlags.punchHole | fallocateFlags.keepSize;
    const outcome = this.#context.disk.attempt('content.punch', () =>
      native.fallocate(descriptor.number, mode, position, length),
    );
    if (outcome < 0) this.#writeZeros(descriptor, position, length);
  }

  /** For a disk file system that cannot punch. */
  #writeZeros(descriptor: Descriptor, position: number, length: number): void {
    const zeros = Buffer.alloc(Math.min(length, quickAllocationBytes));
    for (let done = 0; done < length; done += zeros.length) {
      this.write(
        descriptor,
        zeros.subarray(0, Math.min(zeros.length, length - done)),
        position + done,
      );
    }
  }

  forget(): void {
    this.#context.descriptors.drop(this.path);
    this.#exists = undefined;
  }
}
