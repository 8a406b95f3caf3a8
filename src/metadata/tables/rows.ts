import type { RangeOptions } from 'lmdb';
import type { Table } from '../../storage/database.ts';
import type { TreeKey } from '../state/tree-key.ts';
import type { KeyRange } from './global-key.ts';

export interface Row {
  readonly key: TreeKey;
  readonly value: Buffer;
}

/** The replica's one table, by latin1 keys. Writes belong into `transaction`. */
export class Rows {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A copy. */
  get(key: TreeKey): Buffer | undefined {
    const value = this.#table.getBinaryFast(bytesOf(key));
    if (value === undefined) return undefined;
    // The database's buffer is longer than its `length` says, which `Buffer.from` does not honour.
    const copy = Buffer.allocUnsafe(value.length);
    value.copy(copy, 0, 0, copy.length);
    return copy;
  }

  /** Valid until the next call of anything here. Longer than its `length` says: give every end explicitly. */
  peek(key: TreeKey): Buffer | undefined {
    return this.#table.getBinaryFast(bytesOf(key));
  }

  put(key: TreeKey, value: Buffer): void {
    this.#table.putSync(bytesOf(key), value);
  }

  remove(key: TreeKey): void {
    this.#table.removeSync(bytesOf(key));
  }

  transaction<T>(action: () => T): T {
    return this.#table.transactionSync(action);
  }

  /** The first `limit` rows of a range, in order. */
  first({ start, end }: KeyRange, limit: number): Row[] {
    return this.#read({ start: bytesOf(start), end: bytesOf(end), limit });
  }

  /** The first `limit` rows after `key`. */
  after(key: TreeKey, { end }: KeyRange, limit: number): Row[] {
    return this.first({ start: `${key}\0` as TreeKey, end }, limit);
  }

  /** The last `limit` rows of a range, from the last; `end` is not among them. */
  last({ start, end }: KeyRange, limit: number): Row[] {
    const order = { reverse: true, exclusiveStart: true, inclusiveEnd: true };
    return this.#read({ start: bytesOf(end), end: bytesOf(start), limit, ...order });
  }

  /** All rows of a range, read page by page: others may change rows meanwhile. */
  *all(range: KeyRange): Generator<Row> {
    for (let page = this.first(range, pageRows); page.length > 0;) {
      yield* page;
      const last = page.at(-1);
      page =
        last === undefined || page.length < pageRows ? [] : this.after(last.key, range, pageRows);
    }
  }

  clear(): void {
    this.#table.clearSync();
  }

  #read(options: RangeOptions): Row[] {
    const rows: Row[] = [];
    for (const { key, value } of this.#table.getRange(options)) {
      rows.push({ key: key.toString('latin1') as TreeKey, value });
    }
    return rows;
  }
}

/** Rows in one read of a range: few enough to be quick, many enough to be worth the start. */
const pageRows = 256;

function bytesOf(key: TreeKey): Buffer {
  return Buffer.from(key, 'latin1');
}
