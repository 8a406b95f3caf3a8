import { type Disk, type DiskEffect, type DiskSite } from '../../../src/storage/disk.ts';
import { Dead, FaultyDisk, type FaultyDiskOptions } from '../faulty-disk.ts';
import type { Chance } from './chance.ts';

export type BrokenCall = Required<Pick<FaultyDiskOptions, 'site' | 'call' | 'fault'>>;

/** A machine's disk, of which one call is to be the last that its process makes. */
export class MortalDisk implements Disk {
  readonly #died: () => void;
  #disk = new FaultyDisk();
  #told = false;

  /** `died` is called at the broken call, from within it. */
  constructor(died: () => void) {
    this.#died = died;
  }

  /** From now on the calls are counted. */
  arm({ site, call, fault }: BrokenCall, chance: Chance): void {
    if (this.#disk.isDead) return;
    this.#disk = new FaultyDisk({ site, call, fault, random: () => chance.fraction() });
  }

  disarm(): void {
    if (!this.#disk.isDead) this.#disk = new FaultyDisk();
  }

  get isDead(): boolean {
    return this.#disk.isDead;
  }

  get lostPower(): boolean {
    return this.#disk.lostPower;
  }

  /** For the next process. */
  renew(): void {
    this.#disk = new FaultyDisk();
    this.#told = false;
  }

  attempt<T>(site: DiskSite, call: () => T, effect?: DiskEffect): T {
    try {
      return this.#disk.attempt(site, call, effect);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  async attemptAsync<T>(site: DiskSite, call: () => Promise<T>, effect?: DiskEffect): Promise<T> {
    try {
      return await this.#disk.attemptAsync(site, call, effect);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  #noted(error: unknown): unknown {
    if (error instanceof Dead && !this.#told) {
      this.#told = true;
      this.#died();
    }
    return error;
  }
}
