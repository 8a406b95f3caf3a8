import { networkInterfaces } from 'node:os';
import type { Clock } from '../../platform/clock.ts';

// Notices that this machine may be somewhere else now: it has other addresses, or it slept. To be asked every few seconds.

/** More than a busy process is late, and less than anybody sleeps. */
const sleptMs = 5_000;

type Interfaces = () => ReturnType<typeof networkInterfaces>;

export class NetworkWatch {
  readonly #clock: Clock;
  readonly #interfaces: Interfaces;
  #addresses: string;
  #wallMs: number;
  #monotonicMs: number;

  constructor(clock: Clock, interfaces: Interfaces = networkInterfaces) {
    this.#clock = clock;
    this.#interfaces = interfaces;
    this.#addresses = this.#currentAddresses();
    this.#wallMs = clock.nowMs();
    this.#monotonicMs = clock.monotonicMs();
  }

  /** True when something happened since the last question, `askedEveryMs` ago, after which old connections may be dead and new ones possible. */
  mayHaveChanged(askedEveryMs: number): boolean {
    const addresses = this.#currentAddresses();
    const [wallMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    const passedMs = monotonicMs - this.#monotonicMs;
    // The monotonic clock stands still while the machine sleeps, the other one does not; both go on while the process is stopped.
    const leaptMs = wallMs - this.#wallMs - passedMs;
    const hasChanged =
      addresses !== this.#addresses || leaptMs > sleptMs || passedMs > askedEveryMs + sleptMs;
    this.#addresses = addresses;
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    return hasChanged;
  }

  #currentAddresses(): string {
    return Object.entries(this.#interfaces())
      .flatMap(([name, entries]) => (entries ?? []).map((entry) => ({ name, entry })))
      .filter(({ entry }) => !entry.internal)
      .map(({ name, entry }) => `${name} ${entry.cidr ?? entry.address}`)
      .sort()
      .join();
  }
}
