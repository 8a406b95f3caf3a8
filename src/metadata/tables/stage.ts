import type { RangeOptions } from 'lmdb';
import type { Table } from '../../storage/database.ts';

// Beside the replica's table stands a second one that holds, for the rows that are to become different, what they are to be. A value
// there is one byte that tells whether the row is to be there, then the row's value.

const gone = Buffer.from([0]);
const there = Buffer.from([1]);

/** A row of the stage; null where the row of that key is to be gone. */
export interface StagedRow {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/** Which rows of the table are to become different, and what they are to be. Writes belong into a transaction. */
export class Stage {
  readonly #table: Table;
  #touched: boolean;

  constructor(table: Table) {
    this.#table = table;
    this.#touched = [...table.getRange({ limit: 1 })].length > 0;
  }

  /** False when nothing was put here since it was last cleared. */
  get touched(): boolean {
    return this.#touched;
  }

  /** Null when the row is to be gone; undefined when nothing is said of it here. Valid as `Rows.peek` is. */
  peek(key: Buffer): Buffer | null | undefined {
    if (!this.#touched) return undefined;
    const bytes = this.#table.getBinaryFast(key);
    if (bytes === undefined) return undefined;
    return bytes[0] === 0 ? null : bytes.subarray(1, bytes.length);
  }

  put(key: Buffer, value: Buffer | null): void {
    this.#touched = true;
    this.#table.putSync(key, value === null ? gone : Buffer.concat([there, value]));
  }

  /** From now on nothing is said of the row. */
  remove(key: Buffer): void {
    if (this.#touched) this.#table.removeSync(key);
  }

  *rows(options: RangeOptions): Generator<StagedRow> {
    for (const { key, value } of this.#table.getRange(options)) {
      yield { key, value: value[0] === 0 ? null : value.subarray(1, value.length) };
    }
  }

  clear(): void {
    if (this.#touched) this.#table.clearSync();
    this.#touched = false;
  }
}
