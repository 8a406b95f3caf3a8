import type { DeviceId } from '../../identity/ids.ts';
import { decodeBody } from '../codec/operation-codec.ts';
import type { InodeId } from '../ids.ts';
import type { Head } from '../node.ts';
import type { Operation } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import { stampFromText, stampToText, type Stamp } from '../stamp.ts';
import type { Overlay } from '../state/overlay.ts';
import { decodeRefusal, encodeRefusal } from '../state/refusal-row.ts';
import type { TreeKey } from '../state/tree-key.ts';
import {
  inodeOfRefusalKey,
  refusalKey,
  refusalRange,
  refusalRangeOf,
} from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';

/** Rows that are read of one node, at either end: when it was made and named, and when it was changed last. */
const readAtEnds = 64;

/** The bytes on the disk are those of the last one, or of one that was left a moment ago. */
const youngestVersions = 16;

/** An operation that this device did and that has no effect in the tree, since what others had done before it came to be known. */
export interface RefusedOperation {
  /** By which it is told from others, and forgotten. */
  readonly key: TreeKey;
  readonly inode: InodeId;
  readonly operation: Operation;
  readonly code: Refusal['code'];
}

/**
 * Remembers which operations of this device have no effect. The rows are part of the tree, so that they come and go with what they tell
 * of, in the same transaction; they stay when the operation is folded, until somebody has seen to it.
 */
export class OwnRefusals {
  readonly #device: DeviceId;
  readonly #rows: Rows;
  readonly #listeners: (() => void)[] = [];
  /** There may be some. Most peers never have any, and must not look for them whenever a file is opened. */
  #any: boolean;

  constructor(device: DeviceId, rows: Rows) {
    this.#device = device;
    this.#rows = rows;
    this.#any = rows.first(refusalRange, 1).length > 0;
  }

  /** Something may have become different; nothing of it is visible yet. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What became of an operation, into the rows that say so to everybody. */
  note(
    overlay: Overlay,
    operation: Operation,
    body: Buffer,
    refusal: Refusal | undefined,
    wasRefused: boolean,
  ): void {
    const key = this.#keyFor(operation);
    if (key === undefined || (refusal === undefined && !wasRefused)) return;
    overlay.changes.set(key, refusal ? encodeRefusal({ code: refusal.code, body }) : null);
    this.#changed();
  }

  /** The same, of one that is not in the log. Belongs into a transaction. */
  put(rows: Rows, operation: Operation, body: Buffer, { code }: Refusal): void {
    const key = this.#keyFor(operation);
    if (key === undefined) return;
    rows.put(key, encodeRefusal({ code, body }));
    this.#changed();
  }

  /** By inode, and of each the oldest first. */
  *all(): Generator<RefusedOperation> {
    if (!this.#any) return;
    for (const { key, value } of this.#rows.all(refusalRange)) yield decodeRow(key, value);
  }

  /** The first and the last of what was done to one node, which may be a file that was saved every second for a day. */
  of(inode: InodeId): RefusedOperation[] {
    if (!this.#any) return [];
    const range = refusalRangeOf(inode);
    const first = this.#rows.first(range, readAtEnds);
    const last = first.length < readAtEnds ? [] : this.#rows.last(range, readAtEnds).reverse();
    const end = first.at(-1)?.key ?? '';
    const rows = [...first, ...last.filter(({ key }) => key > end)];
    return rows.map(({ key, value }) => decodeRow(key, value));
  }

  find(inode: InodeId, stamp: Stamp): RefusedOperation | undefined {
    const key = refusalKey(inode, stampToText(stamp));
    const value = this.#any ? this.#rows.get(key) : undefined;
    return value && decodeRow(key, value);
  }

  /** Whether anything that was done to the node has no effect; `rows` are others than the served ones while these are to be replaced. */
  any(inode: InodeId, rows = this.#rows): boolean {
    return this.#any && rows.first(refusalRangeOf(inode), 1).length > 0;
  }

  holds(key: TreeKey): boolean {
    return this.#any && this.#rows.peek(key) !== undefined;
  }

  /** The youngest versions of the file that this device made and that are not in the tree, the youngest first. */
  versionsOf(inode: InodeId): Head[] {
    if (!this.#any) return [];
    return this.#rows
      .last(refusalRangeOf(inode), youngestVersions)
      .flatMap(({ key, value }) => versionOf(decodeRow(key, value)) ?? []);
  }

  forget(keys: readonly TreeKey[]): void {
    this.#rows.transaction(() => {
      for (const key of keys) this.#rows.remove(key);
    });
  }

  #keyFor({ stamp, fields }: Operation): TreeKey | undefined {
    if (stamp.device !== this.#device || !('inode' in fields)) return undefined;
    return refusalKey(fields.inode, stampToText(stamp));
  }

  #changed(): void {
    this.#any = true;
    for (const listener of this.#listeners) listener();
  }
}

/** What the operation would have been in the tree, if it was to give a file content. */
export function versionOf({ operation }: RefusedOperation): Head | undefined {
  const { stamp, fields } = operation;
  if (fields.kind !== 'set-content') return undefined;
  const { size, blockSize, root, beside } = fields;
  return { id: stamp, size, blockSize, root, beside };
}

function decodeRow(key: TreeKey, value: Buffer): RefusedOperation {
  const { code, body } = decodeRefusal(value);
  const operation = decodeBody(body, stampFromText(key.slice(-12)));
  return { key, inode: inodeOfRefusalKey(key), operation, code };
}
