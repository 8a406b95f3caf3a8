import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import type { Disk, DiskEffect, DiskSite } from '../../src/storage/disk.ts';

/**
 * What happens at one call: it fails and the program goes on (`EIO`, `ENOSPC`); half of what it was to write is written and then the
 * process dies (`torn`); the process dies before it (`killed`); the machine loses its power before it, and with that what was written
 * and not flushed, each write for itself (`power-cut`).
 */
export type Fault = 'EIO' | 'ENOSPC' | 'torn' | 'killed' | 'power-cut';

export const faults: readonly Fault[] = ['EIO', 'ENOSPC', 'torn', 'killed', 'power-cut'];

export interface FaultyDiskOptions {
  /** Undefined breaks nothing. */
  readonly site?: DiskSite;
  /** Counted from 1. */
  readonly call?: number;
  readonly fault?: Fault;
  /** How many calls in a row fail, of those after which the program goes on. */
  readonly times?: number;
  /** Decides which unflushed writes a loss of power takes. */
  readonly random?: () => number;
}

interface File {
  readonly path: string;
  /** As it is on the disk itself. */
  durable: Buffer;
  /** In order, not flushed. */
  readonly pending: Change[];
}

type Change = { readonly bytes: Buffer; readonly position: number } | { readonly size: number };

/** Thrown by every call once the process counts as dead. */
export class Dead extends Error {}

/** A disk that breaks one call. It counts the calls of every site, so that a first run tells which there are to break. */
export class FaultyDisk implements Disk {
  readonly calls = new Map<DiskSite, number>();
  readonly #options: FaultyDiskOptions;
  readonly #files = new Map<string, File>();
  #isDead = false;

  constructor(options: FaultyDiskOptions = {}) {
    this.#options = options;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The database is lost with the power, and the logs have to be read anew. */
  get lostPower(): boolean {
    return this.#isDead && this.#options.fault === 'power-cut';
  }

  attempt<T>(site: DiskSite, call: () => T, effect?: DiskEffect): T {
    this.#break(site, effect);
    this.#before(effect);
    const flushed = this.#pendingOf(effect);
    const result = call();
    this.#after(flushed);
    return result;
  }

  async attemptAsync<T>(site: DiskSite, call: () => Promise<T>, effect?: DiskEffect): Promise<T> {
    this.#break(site, effect);
    this.#before(effect);
    const flushed = this.#pendingOf(effect);
    const result = await call();
    if (this.#isDead) throw new Dead(`${site} did not come back`);
    this.#after(flushed);
    return result;
  }

  #break(site: DiskSite, effect: DiskEffect | undefined): void {
    if (this.#isDead) throw new Dead(`${site} after the end`);
    const count = (this.calls.get(site) ?? 0) + 1;
    this.calls.set(site, count);
    const { site: broken, call = 1, fault = 'EIO', times = 1 } = this.#options;
    if (site !== broken || count < call || count >= call + times) return;
    if (fault === 'EIO' || fault === 'ENOSPC') {
      throw Object.assign(new Error(`${fault}: ${site}`), { code: fault });
    }
    if (fault === 'torn') tear(effect);
    if (fault === 'power-cut') this.#losePower();
    this.#isDead = true;
    throw new Dead(`${fault} at ${site}`);
  }

  /** Remembers what the file is on the disk itself, before it is first changed. */
  #before(effect: DiskEffect | undefined): void {
    if (!effect || this.#options.fault !== 'power-cut') return;
    if ('flushes' in effect || 'flushesAll' in effect) return;
    const descriptor = 'writes' in effect ? effect.writes : effect.resizes;
    const file = this.#fileOf(descriptor);
    file.pending.push(
      'writes' in effect
        ? { bytes: Buffer.from(effect.bytes), position: effect.position }
        : { size: effect.size },
    );
  }

  /** What a flush that begins now is sure to bring to the disk: of each file, so many changes. */
  #pendingOf(effect: DiskEffect | undefined): Map<File, number> {
    const files = effect ? this.#filesFlushedBy(effect) : [];
    return new Map(files.map((file) => [file, file.pending.length]));
  }

  #filesFlushedBy(effect: DiskEffect): File[] {
    if ('flushesAll' in effect) return [...this.#files.values()];
    const file = 'flushes' in effect && this.#files.get(identityOf(effect.flushes));
    return file ? [file] : [];
  }

  #after(flushed: ReadonlyMap<File, number>): void {
    for (const [file, count] of flushed) {
      for (const change of file.pending.splice(0, count)) file.durable = changed(file, change);
      // With what was changed by calls that say nothing of it: holes, and blocks that came from peers.
      if (file.pending.length === 0 && existsSync(file.path)) {
        file.durable = readFileSync(file.path);
      }
    }
  }

  #fileOf(descriptor: number): File {
    const identity = identityOf(descriptor);
    const known = this.#files.get(identity);
    if (known) return known;
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    const file = { path, durable: readFileSync(path), pending: [] };
    this.#files.set(identity, file);
    return file;
  }

  /** Each file is what was flushed, with some of what was written since, in any combination: disks reorder. */
  #losePower(): void {
    const { random = () => 0 } = this.#options;
    for (const file of this.#files.values()) {
      if (file.pending.length === 0) continue;
      const kept = file.pending.filter(() => random() < 0.5);
      for (const change of kept) file.durable = changed(file, change);
      overwrite(file);
    }
  }
}

function changed({ durable }: File, change: Change): Buffer {
  if ('size' in change) return resized(durable, change.size);
  const { bytes, position } = change;
  const result = resized(durable, Math.max(durable.length, position + bytes.length));
  bytes.copy(result, position);
  return result;
}

function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result, 0, 0, Math.min(size, bytes.length));
  return result;
}

/** Through its own path, in place: descriptors of it are still open. */
function overwrite({ path, durable }: File): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r+');
  } catch {
    // Removed or renamed meanwhile.
    return;
  }
  try {
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, durable, 0, durable.length, 0);
  } finally {
    closeSync(descriptor);
  }
}

function tear(effect: DiskEffect | undefined): void {
  if (!effect || !('writes' in effect)) return;
  const half = effect.bytes.subarray(0, Math.floor(effect.bytes.length / 2));
  writeSync(effect.writes, half, 0, half.length, effect.position);
}

function identityOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return `${dev}:${ino}`;
}
