import type { DeviceId } from '../../identity/ids.ts';
import { decodeBody } from '../codec/operation-codec.ts';
import type { InodeId } from '../ids.ts';
import type { Head } from '../node.ts';
import type { Operation } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import { compareStamps, stampFromText, stampToText } from '../stamp.ts';
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

  of(inode: InodeId): RefusedOperation[] {
    if (!this.#any) return [];
    return [...this.#rows.all(refusalRangeOf(inode))].map(({ key, value }) =>
      decodeRow(key, value),
    );
  }

  holds(key: TreeKey): boolean {
    return this.#any && this.#rows.peek(key) !== undefined;
  }

  /** Versions of the file that this device made and that are not in the tree, the youngest first. */
  versionsOf(inode: InodeId): Head[] {
    if (!this.#any) return [];
    return this.of(inode)
      .flatMap((refused) => versionOf(refused) ?? [])
      .sort((a, b) => compareStamps(b.id, a.id));
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
