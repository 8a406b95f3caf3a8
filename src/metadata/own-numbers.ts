import type { DeviceId } from '../identity/ids.ts';
import { inodeId, type InodeId } from './ids.ts';
import { ownNumbersKey } from './tables/global-key.ts';
import type { Rows } from './tables/rows.ts';

/** Numbers are reserved in the database so many at a time: a restart skips at most these. */
const reservedAtOnce = 4096;

/** What may have been used by operations that a crash of the machine took from the log. */
const skippedAfterLoss = 65_536;

/** Gives each node that this device makes a number that it never gave before. */
export class OwnNumbers {
  readonly #device: DeviceId;
  readonly #rows: Rows;
  #next: number;
  #reserved: number;

  constructor(device: DeviceId, rows: Rows) {
    this.#device = device;
    this.#rows = rows;
    this.#reserved = rows.get(ownNumbersKey)?.readDoubleBE(0) ?? 1;
    this.#next = this.#reserved;
  }

  take(): InodeId {
    if (this.#next >= this.#reserved) this.#reserve(this.#next + reservedAtOnce);
    return inodeId(this.#device, this.#next++);
  }

  /** Operations of this device came from elsewhere, in which `used` was the highest. */
  skipUsed(used: number): void {
    if (used < this.#next) return;
    this.#next = used + 1;
    this.#reserve(this.#next + reservedAtOnce);
  }

  /** After the database was rebuilt from a log in which `used` was the highest; 0 when it holds none. */
  skipAfterLoss(used: number): void {
    this.#next = used + skippedAfterLoss;
    this.#reserve(this.#next + reservedAtOnce);
  }

  #reserve(upTo: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(upTo);
    this.#rows.transaction(() => this.#rows.put(ownNumbersKey, bytes));
    this.#reserved = upTo;
  }
}
