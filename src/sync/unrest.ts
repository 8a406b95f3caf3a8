import type { Clock } from '../platform/clock.ts';

/** Changes of one peer's links that are taken in this time: all machines of a large network may be started at once. */
const maximumChanges = 300;
const withinMs = 60_000;

/** How long a peer that changes more is left out. */
const shunnedForMs = 5 * 60_000;

interface Noted {
  sinceMs: number;
  changes: number;
  isShunned: boolean;
}

/** Each change of anybody's links makes all peers begin anew with their locks; whoever changes all the time would stop them all. */
export class Unrest {
  readonly #clock: Clock;
  readonly #over: (device: number) => void;
  readonly #byDevice = new Map<number, Noted>();

  /** `over` is told when a peer is let in again. */
  constructor(clock: Clock, over: (device: number) => void) {
    this.#clock = clock;
    this.#over = over;
  }

  isShunned(device: number): boolean {
    return this.#byDevice.get(device)?.isShunned ?? false;
  }

  /** A neighbour changed its links; true when that was once too often. */
  noted(device: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#byDevice.get(device);
    if (before?.isShunned) return false;
    const isNew = before === undefined || nowMs - before.sinceMs > withinMs;
    const noted = isNew ? { sinceMs: nowMs, changes: 0, isShunned: false } : before;
    this.#byDevice.set(device, noted);
    noted.changes += 1;
    if (noted.changes <= maximumChanges) return false;
    noted.isShunned = true;
    this.#clock.after(shunnedForMs, () => {
      this.#byDevice.delete(device);
      this.#over(device);
    });
    return true;
  }
}
