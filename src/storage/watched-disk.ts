import type { Clock } from '../platform/clock.ts';
import type { Disk, DiskEffect, DiskSite } from './disk.ts';

/** A kind of disk call that fails, and has not succeeded since. */
export interface DiskTrouble {
  readonly site: DiskSite;
  /** As the system calls it, for example `ENOSPC`. */
  readonly code: string;
  readonly sinceMs: number;
}

/** What the disk may say without being out of order: for example that a file is not there. */
const troubles: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE']);

/** A disk that remembers which calls of it fail, for people to be told. */
export class WatchedDisk implements Disk {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #troubles = new Map<DiskSite, DiskTrouble>();

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The oldest first. */
  get troubles(): readonly DiskTrouble[] {
    return [...this.#troubles.values()];
  }

  attempt<T>(site: DiskSite, call: () => T, effect?: DiskEffect): T {
    try {
      const result = this.#disk.attempt(site, call, effect);
      this.#succeeded(site);
      return result;
    } catch (error) {
      this.#failed(site, error);
      throw error;
    }
  }

  async attemptAsync<T>(site: DiskSite, call: () => Promise<T>, effect?: DiskEffect): Promise<T> {
    try {
      const result = await this.#disk.attemptAsync(site, call, effect);
      this.#succeeded(site);
      return result;
    } catch (error) {
      this.#failed(site, error);
      throw error;
    }
  }

  #succeeded(site: DiskSite): void {
    if (this.#troubles.size > 0) this.#troubles.delete(site);
  }

  #failed(site: DiskSite, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !troubles.has(code)) return;
    const sinceMs = this.#troubles.get(site)?.sinceMs ?? this.#clock.nowMs();
    this.#troubles.set(site, { site, code, sinceMs });
  }
}
