import type { Disk, DiskEffect, DiskSite } from './disk.ts';
import type { Reserve } from './reserve.ts';

/** What takes room that only removals may have once it is scarce. */
const greedy: ReadonlySet<DiskSite> = new Set([
  'checkpoint.write',
  'content.allocate',
  'content.clone',
  'content.write',
]);

/** Written at a place of its own, so that it may be written once more. */
const repeatable: ReadonlySet<DiskSite> = new Set([
  'content.write-intent',
  'content.write-map',
  'log.append',
  'log.create',
]);

/** A disk that keeps the last of its room for what is small and must not fail. */
export class ReservingDisk implements Disk {
  readonly #disk: Disk;
  readonly #reserve: Reserve;

  constructor(disk: Disk, reserve: Reserve) {
    this.#disk = disk;
    this.#reserve = reserve;
  }

  attempt<T>(site: DiskSite, call: () => T, effect?: DiskEffect): T {
    this.#refuseGreedy(site);
    try {
      return this.#disk.attempt(site, call, effect);
    } catch (error) {
      if (!this.#maySucceedNow(site, error)) throw error;
      return this.#disk.attempt(site, call, effect);
    }
  }

  async attemptAsync<T>(site: DiskSite, call: () => Promise<T>, effect?: DiskEffect): Promise<T> {
    this.#refuseGreedy(site);
    try {
      return await this.#disk.attemptAsync(site, call, effect);
    } catch (error) {
      if (!this.#maySucceedNow(site, error)) throw error;
      return this.#disk.attemptAsync(site, call, effect);
    }
  }

  #refuseGreedy(site: DiskSite): void {
    if (!this.#reserve.isScarce || !greedy.has(site)) return;
    throw Object.assign(new Error(`ENOSPC: ${site}: the rest is for removing files`), {
      code: 'ENOSPC',
    });
  }

  #maySucceedNow(site: DiskSite, error: unknown): boolean {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return false;
    this.#reserve.sawFull();
    return !greedy.has(site) && this.#reserve.giveUp() && repeatable.has(site);
  }
}
