import type { Clock } from '../../../src/platform/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

/** The time of a whole world. It goes on from alarm to alarm, and only when the test says so. */
export class WorldClock {
  #nowMs: number;
  /** The earliest first; of two at one moment the one that was set first. */
  #alarms: Alarm[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const alarm = { atMs: this.#nowMs + Math.max(0, delayMs), callback };
    const at = this.#alarms.findLastIndex(({ atMs }) => atMs <= alarm.atMs) + 1;
    this.#alarms.splice(at, 0, alarm);
    return () => {
      const index = this.#alarms.indexOf(alarm);
      if (index >= 0) this.#alarms.splice(index, 1);
    };
  }

  /** When the next alarm is due; undefined when none is set. */
  get nextMs(): number | undefined {
    return this.#alarms[0]?.atMs;
  }

  /** Lets the next alarm ring if it is due until then, and otherwise it becomes that time: false. */
  step(untilMs: number): boolean {
    const next = this.#alarms[0];
    if (next === undefined || next.atMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#alarms.shift();
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
    return true;
  }
}

/** What one run of a peer takes for the time: the world's, askew, and no more of it once the run has ended. */
export class PeerClock implements Clock {
  readonly #world: WorldClock;
  readonly #skewMs: () => number;
  readonly #hasteMs: number;
  #hurriedMs = 0;
  #stopped = false;

  /** With `hasteMs` time flies while something works, so that work is cut into as many slices as can be. */
  constructor(world: WorldClock, skewMs: () => number, hasteMs: number) {
    this.#world = world;
    this.#skewMs = skewMs;
    this.#hasteMs = hasteMs;
  }

  nowMs(): number {
    return this.#world.nowMs + this.#skewMs();
  }

  monotonicMs(): number {
    this.#hurriedMs += this.#hasteMs;
    return this.#world.nowMs + this.#hurriedMs;
  }

  /** What no setting of a clock moves. */
  worldMs(): number {
    return this.#world.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    if (this.#stopped) return () => {};
    return this.#world.after(delayMs, () => {
      if (!this.#stopped) this.#ring(callback);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What a process that dies of it throws reaches nobody. */
  #ring(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      if (!this.#stopped) throw error;
    }
  }
}
