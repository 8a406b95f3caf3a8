import type { Transaction } from 'lmdb';
import type { Table } from '../../storage/database.ts';
import type { TreeKey } from '../state/tree-key.ts';
import type { KeyRange } from '../tables/global-key.ts';
import type { Row } from '../tables/rows.ts';

/** Rows in one read: few enough to be quick, many enough to be worth the start. */
const pageRows = 256;

/**
 * All rows as they are when this is made, whatever is written meanwhile. Closed as soon as it is not needed: until then the room of
 * what is removed cannot be used again. Make it while nothing is being merged.
 */
export class Snapshot {
  readonly #table: Table;
  readonly #transaction: Transaction;

  constructor(table: Table) {
    this.#table = table;
    this.#transaction = table.useReadTransaction();
  }

  *rows({ start, end }: KeyRange): Generator<Row> {
    for (let from = start; ;) {
      const page = this.#page(from, end);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < pageRows) return;
      from = `${last.key}\0` as TreeKey;
    }
  }

  close(): void {
    this.#transaction.done();
  }

  #page(start: TreeKey, end: TreeKey): Row[] {
    const rows: Row[] = [];
    const range = { start: Buffer.from(start, 'latin1'), end: Buffer.from(end, 'latin1') };
    const transaction = this.#transaction;
    for (const { key, value } of this.#table.getRange({ ...range, transaction, limit: pageRows })) {
      rows.push({ key: key.toString('latin1') as TreeKey, value });
    }
    return rows;
  }
}
