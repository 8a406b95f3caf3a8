import type { DeviceId } from '../identity/ids.ts';
import type { Frontier, Replica } from '../metadata/replica.ts';
import { compareStamps, type Stamp } from '../metadata/stamp.ts';
import type { Clock } from '../platform/clock.ts';

interface Acquaintance {
  readonly sinceMs: number;
  /** How far its log was when the link came; undefined until it says so. */
  logged: number | undefined;
  /** Everything of its author up to here may have been made before the link came; undefined until all of that is here. */
  apartUntil: Stamp | undefined;
}

/** Tells what others did while they were connected with this machine from what they did apart and brought along. */
export class Presence {
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #byDevice = new Map<DeviceId, Acquaintance>();

  constructor(replica: Replica, clock: Clock) {
    this.#replica = replica;
    this.#clock = clock;
    replica.onBatch(() => this.#logsGrew());
  }

  /**
   * Whether the author was connected when he made this, and has been since `sinceMs` (of the clock that never goes back). Also false
   * where that is not certain.
   */
  isInTouch(made: Stamp, sinceMs: number): boolean {
    const known = this.#byDevice.get(made.device);
    if (known?.apartUntil === undefined || known.sinceMs > sinceMs) return false;
    return compareStamps(known.apartUntil, made) < 0;
  }

  came(device: DeviceId): void {
    const sinceMs = this.#clock.monotonicMs();
    this.#byDevice.set(device, { sinceMs, logged: undefined, apartUntil: undefined });
  }

  went(device: DeviceId): void {
    this.#byDevice.delete(device);
  }

  /** Only the first announcement of a link says how far the log was when it came. */
  announced(device: DeviceId, frontier: Frontier): void {
    const known = this.#byDevice.get(device);
    if (known === undefined) return;
    known.logged ??= frontier.get(device) ?? 0;
    this.#logsGrew();
  }

  #logsGrew(): void {
    if ([...this.#byDevice.values()].every(({ apartUntil }) => apartUntil !== undefined)) return;
    const frontier = this.#replica.frontier();
    for (const [device, known] of this.#byDevice) {
      if (known.apartUntil !== undefined || known.logged === undefined) continue;
      if ((frontier.get(device) ?? 0) < known.logged) continue;
      known.apartUntil = this.#replica.lastStampOf(device) ?? { ...beginning, device };
    }
  }
}

const beginning = { millis: 0, counter: 0 };
