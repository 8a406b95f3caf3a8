import type { Time } from '../metadata/node.ts';
import type { Clock } from '../platform/clock.ts';

/**
 * The time for what requests change: the wall clock's milliseconds, and below them what keeps the order. The tree dates what it does
 * by stamps, whose counters it shows as nanoseconds; a write that comes after such an operation must not look older than it, or
 * `make` builds things twice. So the time is always later than that of the operation before.
 */
export class TimeSource {
  readonly #clock: Clock;
  #seconds = 0;
  #nanoseconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Time {
    const millis = this.#clock.nowMs();
    const seconds = Math.floor(millis / 1000);
    const nanoseconds = Math.floor((millis - seconds * 1000) * 1e6);
    if (seconds > this.#seconds || (seconds === this.#seconds && nanoseconds > this.#nanoseconds)) {
      return { seconds, nanoseconds };
    }
    return following(this.#seconds, this.#nanoseconds);
  }

  /** The newest operation's own time. It may go back: then somebody has set the clock. */
  follow(time: Time): void {
    this.#seconds = time.seconds;
    this.#nanoseconds = time.nanoseconds;
  }
}

/** Milliseconds since 1970, also before it and with a fraction. */
export function timeOfMillis(millis: number): Time {
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanoseconds: Math.floor((millis - seconds * 1000) * 1e6) };
}

function following(seconds: number, nanoseconds: number): Time {
  return nanoseconds < 999_999_999
    ? { seconds, nanoseconds: nanoseconds + 1 }
    : { seconds: seconds + 1, nanoseconds: 0 };
}
