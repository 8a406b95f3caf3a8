import type { RootDatabase } from 'lmdb';
import type { Clock } from '../platform/clock.ts';
import { openTable } from '../storage/database.ts';

/** How often it is noted that somebody is connected: so wrong can the answer be after a crash. */
const noteEveryMs = 60_000;

const key = Buffer.from('last');

/** Since when this peer is alone; remembered over restarts, in the database, since it does not matter more than that. */
export class Company {
  readonly #clock: Clock;
  readonly #save: (lastMs: number) => void;
  #lastMs: number;
  #isAlone = true;
  #cancel: () => void = () => {};

  constructor(clock: Clock, database: RootDatabase<Buffer, Buffer>) {
    const table = openTable(database, 'company');
    this.#clock = clock;
    this.#save = (lastMs) => {
      const value = Buffer.alloc(8);
      value.writeDoubleBE(lastMs);
      try {
        table.putSync(key, value);
      } catch {
        // A full disk: the last time that could be noted is near enough.
      }
    };
    const stored = table.get(key)?.readDoubleBE(0);
    this.#lastMs = stored ?? clock.nowMs();
    if (stored === undefined) this.#save(this.#lastMs);
  }

  /** Milliseconds since 1970; null while somebody is connected. */
  get aloneSinceMs(): number | null {
    return this.#isAlone ? this.#lastMs : null;
  }

  /** So many peers are connected now. */
  changed(links: number): void {
    if (this.#isAlone === (links === 0)) return;
    this.#isAlone = links === 0;
    this.#note();
  }

  stop(): void {
    this.#cancel();
  }

  #note(): void {
    this.#cancel();
    this.#lastMs = this.#clock.nowMs();
    this.#save(this.#lastMs);
    if (!this.#isAlone) this.#cancel = this.#clock.after(noteEveryMs, () => this.#note());
  }
}
