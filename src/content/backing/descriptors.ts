import { closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from '../../storage/disk.ts';

/** An open file that stays open while `users` is above 0. Between two turns of the event loop nobody may rely on it otherwise. */
export interface Descriptor {
  readonly number: number;
  users: number;
  /** Asked for since eviction last passed by. */
  recent: boolean;
  /** Out of the cache: closed when the last user lets go. */
  dropped: boolean;
}

/** Keeps a bounded number of files open, so that neither 100,000 small files nor a hot one cost an open(2) per request. */
export class DescriptorCache {
  readonly #maximum: number;
  readonly #disk: Disk;
  readonly #byPath = new Map<string, Descriptor>();

  constructor(maximum: number, disk: Disk) {
    this.#maximum = maximum;
    this.#disk = disk;
  }

  /** Undefined when the file does not exist and `create` is false. */
  open(path: string, create: boolean): Descriptor | undefined {
    const known = this.#byPath.get(path);
    if (known) {
      known.recent = true;
      return known;
    }
    // A failing open(2) costs an exception, a failing access(2) does not.
    if (!create && !existsSync(path)) return undefined;
    const number = this.#disk.attempt('content.open', () => openPath(path, create));
    const descriptor = { number, users: 0, recent: true, dropped: false };
    this.#byPath.set(path, descriptor);
    if (this.#byPath.size > this.#maximum) this.#evict();
    return descriptor;
  }

  retain(descriptor: Descriptor): Descriptor {
    descriptor.users += 1;
    return descriptor;
  }

  release(descriptor: Descriptor): void {
    descriptor.users -= 1;
    if (descriptor.dropped && descriptor.users === 0) closeSync(descriptor.number);
  }

  /** The path is about to be unlinked or closed for good. */
  drop(path: string): void {
    const descriptor = this.#byPath.get(path);
    if (!descriptor) return;
    this.#byPath.delete(path);
    descriptor.dropped = true;
    if (descriptor.users === 0) closeSync(descriptor.number);
  }

  close(): void {
    for (const path of this.#byPath.keys()) this.drop(path);
  }

  /** Second chance: one that was used since the last round goes to the end of the queue. Never the newest, whose opener holds it. */
  #evict(): void {
    let candidates = this.#byPath.size - 1;
    for (const [path, descriptor] of this.#byPath) {
      if (this.#byPath.size <= this.#maximum || candidates <= 0) return;
      candidates -= 1;
      if (descriptor.users === 0 && !descriptor.recent) {
        this.drop(path);
        continue;
      }
      descriptor.recent = false;
      this.#byPath.delete(path);
      this.#byPath.set(path, descriptor);
    }
  }
}

/** The folder is made when it turns out to be missing. */
function openPath(path: string, create: boolean): number {
  const flags = constants.O_RDWR | (create ? constants.O_CREAT : 0);
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (!create || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, flags, 0o600);
  }
}
