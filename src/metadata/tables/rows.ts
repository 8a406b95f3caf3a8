import type { RangeOptions } from 'lmdb';
import type { Table } from '../../storage/database.ts';
import type { TreeKey } from '../state/tree-key.ts';
import { isStaged, type KeyRange } from './global-key.ts';
import { overlaid } from './overlaid.ts';
import type { Stage } from './stage.ts';

export interface Row {
  readonly key: TreeKey;
  readonly value: Buffer;
}

/** With the key as it is stored. */
export interface RawRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The replica's one table, by latin1 keys. Writes belong into `transaction`. */
export class Rows {
  readonly #table: Table;
  /** Shown in place of what the table holds. */
  #above: Stage | undefined;
  /** Keeps the rows as they are now, whatever is written here. */
  #kept: Stage | undefined;

  constructor(table: Table, above?: Stage) {
    this.#table = table;
    this.#above = above;
  }

  /** A copy. */
  get(key: TreeKey): Buffer | undefined {
    const value = this.peek(key);
    return value && copyOf(value);
  }

  /** Valid until the next call of anything here. Longer than its `length` says: give every end explicitly. */
  peek(key: TreeKey): Buffer | undefined {
    const bytes = bytesOf(key);
    const above = this.#above?.peek(bytes);
    return above === undefined ? this.#table.getBinaryFast(bytes) : (above ?? undefined);
  }

  /** What the table itself holds, when something else is shown in its place. Valid as with `peek`. */
  beneath(key: TreeKey): Buffer | undefined {
    return this.#above && this.#table.getBinaryFast(bytesOf(key));
  }

  put(key: TreeKey, value: Buffer): void {
    const bytes = bytesOf(key);
    if (this.#kept && isStaged(key)) this.#keep(this.#kept, bytes);
    this.#table.putSync(bytes, value);
    this.#above?.remove(bytes);
  }

  remove(key: TreeKey): void {
    const bytes = bytesOf(key);
    if (this.#kept && isStaged(key)) this.#keep(this.#kept, bytes);
    this.#table.removeSync(bytes);
    this.#above?.remove(bytes);
  }

  transaction<T>(action: () => T): T {
    return this.#table.transactionSync(action);
  }

  /** Whether something counts in place of what is here. */
  get isReplaced(): boolean {
    return this.#above !== undefined;
  }

  /** From now on `stage` goes on telling what the rows of the tree are now, while they change here. */
  keepIn(stage: Stage | undefined): void {
    this.#kept = stage;
  }

  /** From now on what `stage` says counts in place of what is here, until a row is written. */
  show(stage: Stage | undefined): void {
    this.#above = stage;
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

  /** As `after`, for whoever looks at many rows and needs no text of their keys. */
  rawAfter(key: TreeKey, { end }: KeyRange, limit: number): Iterable<RawRow> {
    return this.#range({ start: bytesOf(`${key}\0` as TreeKey), end: bytesOf(end), limit });
  }

  #read(options: RangeOptions & { limit: number }): Row[] {
    const rows: Row[] = [];
    for (const { key, value } of this.#range(options)) {
      rows.push({ key: key.toString('latin1') as TreeKey, value });
    }
    return rows;
  }

  #range(options: RangeOptions & { limit: number }): Iterable<RawRow> {
    const above = this.#above;
    if (!above?.touched) return this.#table.getRange(options);
    const { limit, ...range } = options;
    return overlaid(this.#table.getRange(range), above.rows(range), limit, range.reverse ?? false);
  }

  #keep(stage: Stage, key: Buffer): void {
    if (stage.peek(key) !== undefined) return;
    const value = this.#table.getBinaryFast(key);
    stage.put(key, value === undefined ? null : copyOf(value));
  }
}

/** The rows as they are to be: what is written goes into the stage, and only what differs from the table stays there. */
export class StagedRows extends Rows {
  readonly #table: Table;
  readonly #stage: Stage;

  constructor(table: Table, stage: Stage) {
    super(table, stage);
    this.#table = table;
    this.#stage = stage;
  }

  override put(key: TreeKey, value: Buffer): void {
    const bytes = bytesOf(key);
    const known = this.#table.getBinaryFast(bytes);
    if (known && value.equals(known.subarray(0, known.length))) this.#stage.remove(bytes);
    else this.#stage.put(bytes, value);
  }

  override remove(key: TreeKey): void {
    const bytes = bytesOf(key);
    if (this.#table.getBinaryFast(bytes) === undefined) this.#stage.remove(bytes);
    else this.#stage.put(bytes, null);
  }
}

/** Rows in one read of a range: few enough to be quick, many enough to be worth the start. */
const pageRows = 256;

export function bytesOf(key: TreeKey): Buffer {
  return Buffer.from(key, 'latin1');
}

/** The database's buffer is longer than its `length` says, which `Buffer.from` does not honour. */
function copyOf(value: Buffer): Buffer {
  const copy = Buffer.allocUnsafe(value.length);
  value.copy(copy, 0, 0, copy.length);
  return copy;
}
