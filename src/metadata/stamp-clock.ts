import type { DeviceId } from '../identity/ids.ts';
import type { StampTime } from './stamp-time.ts';
import type { Stamp } from './stamp.ts';

const maximumCounter = 65_535;

/**
 * Makes this device's stamps: each is younger than every stamp made or observed before, and not behind the time. What was made too
 * late cannot be taken back: so the time is asked for before it is believed, and stamps that are far ahead are not observed.
 */
export class StampClock {
  readonly #device: DeviceId;
  readonly #time: StampTime;
  #millis = 0;
  #counter = 0;

  constructor(device: DeviceId, time: StampTime) {
    this.#device = device;
    this.#time = time;
  }

  next(): Stamp {
    const now = Math.floor(this.#time.stampMs());
    if (now > this.#millis) this.#set(now, 0);
    else if (this.#counter < maximumCounter) this.#counter += 1;
    // The counter is used up only when the wall clock went back or stands still: borrow from the future.
    else this.#set(this.#millis + 1, 0);
    return { millis: this.#millis, counter: this.#counter, device: this.#device };
  }

  /** Whoever applies a stamp must let this clock see it first, so that what is done here afterwards comes after it. */
  observe(stamp: Stamp): void {
    if (stamp.millis > this.#millis) this.#set(stamp.millis, stamp.counter);
    else if (stamp.millis === this.#millis && stamp.counter > this.#counter) {
      this.#counter = stamp.counter;
    }
  }

  /** Since 1970, of the last stamp made or observed. */
  get lastMillis(): number {
    return this.#millis;
  }

  #set(millis: number, counter: number): void {
    this.#millis = millis;
    this.#counter = counter;
  }
}
