import { decodeBody, encodeBody } from '../metadata/codec/operation-codec.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { RefusedOperation } from '../metadata/merge/own-refusals.ts';
import type { Head } from '../metadata/node.ts';
import { stampFromText } from '../metadata/stamp.ts';
import type { TreeKey } from '../metadata/state/tree-key.ts';
import { refusalKeyBytes } from '../metadata/tables/global-key.ts';
import type { Table } from '../storage/database.ts';

// Which operations without effect were seen to: their bytes are in the folder, or their user was told. A cache like the tree's rows; when
// it is lost they are seen to again, which finds its work done.

const seenTo = 'o';
const setAside = 'c';

/** Rows in one read. */
const readAtOnce = 256;

/** A version without effect whose bytes were put under its own number, since its file took another one. */
export interface SetAside {
  readonly refusal: TreeKey;
  readonly inode: InodeId;
  readonly version: Head;
}

export class SeenToTable {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  has(refusal: TreeKey): boolean {
    return this.#table.doesExist(keyOf(seenTo, refusal));
  }

  add(refused: readonly RefusedOperation[]): void {
    this.#table.transactionSync(() => {
      for (const { key } of refused) this.#table.putSync(keyOf(seenTo, key), Buffer.alloc(0));
    });
  }

  remove(refusals: readonly TreeKey[]): void {
    this.#table.transactionSync(() => {
      for (const key of refusals) this.#table.removeSync(keyOf(seenTo, key));
    });
  }

  /** Read by and by: some may be removed meanwhile. */
  *all(): Generator<TreeKey> {
    for (const { key } of this.#rows(seenTo)) yield key.toString('latin1', 1) as TreeKey;
  }

  setAside({ key, operation: { acting, fields } }: RefusedOperation): void {
    if (fields.kind !== 'set-content') return;
    const value = Buffer.concat([Buffer.from(key, 'latin1'), encodeBody(acting, fields)]);
    this.#table.putSync(keyOf(setAside, String(fields.beside)), value);
  }

  setAsideUnder(beside: InodeId): SetAside | undefined {
    const value = this.#table.get(keyOf(setAside, String(beside)));
    return value && decodeSetAside(value);
  }

  *allSetAside(): Generator<SetAside> {
    for (const { value } of this.#rows(setAside)) {
      const aside = decodeSetAside(value);
      if (aside) yield aside;
    }
  }

  *#rows(letter: string): Generator<{ key: Buffer; value: Buffer }> {
    const end = Buffer.from([letter.charCodeAt(0) + 1]);
    for (let start: Buffer = Buffer.from(letter); ;) {
      const page = [...this.#table.getRange({ start, end, limit: readAtOnce })];
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < readAtOnce) return;
      start = Buffer.concat([last.key, Buffer.from([0])]);
    }
  }

  takeBack({ version }: SetAside): void {
    this.#table.removeSync(keyOf(setAside, String(version.beside)));
  }
}

function decodeSetAside(value: Buffer): SetAside | undefined {
  const refusal = value.toString('latin1', 0, refusalKeyBytes) as TreeKey;
  const stamp = stampFromText(refusal.slice(-12));
  const { fields } = decodeBody(value.subarray(refusalKeyBytes, value.length), stamp);
  if (fields.kind !== 'set-content') return undefined;
  const { inode, size, blockSize, root, beside } = fields;
  return { refusal, inode, version: { id: stamp, size, blockSize, root, beside } };
}

function keyOf(letter: string, rest: string): Buffer {
  return Buffer.from(letter + rest, 'latin1');
}
