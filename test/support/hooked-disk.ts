import type { Disk, DiskSite } from '../../src/storage/disk.ts';

/** The real disk. `before` is told of each call; what it throws is the call's failure. */
export class HookedDisk implements Disk {
  before: (site: DiskSite) => void = () => undefined;

  attempt<T>(site: DiskSite, call: () => T): T {
    this.before(site);
    return call();
  }

  async attemptAsync<T>(site: DiskSite, call: () => Promise<T>): Promise<T> {
    this.before(site);
    return call();
  }
}

/** A disk of which the calls of one site are counted, and fail while it is broken. */
export class DiskWithSite extends HookedDisk {
  isBroken = false;
  calls = 0;
  failures = 0;
  /** Counted from 1. */
  beforeCall: (call: number) => void = () => undefined;

  constructor(site: DiskSite) {
    super();
    this.before = (at) => {
      if (at === site) this.#look();
    };
  }

  #look(): void {
    this.calls += 1;
    this.beforeCall(this.calls);
    if (!this.isBroken) return;
    this.failures += 1;
    throw Object.assign(new Error('EIO: broken'), { code: 'EIO' });
  }
}
