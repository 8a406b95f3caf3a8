import { deviceOfInode, type InodeId } from '../ids.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { decodeEntry } from '../state/entry-record.ts';
import { decodeNode, type NodeRecord } from '../state/node-record.ts';
import { inodeOfKey, kindOfKey, rowKind } from '../state/tree-key.ts';
import { decodeVersion } from '../state/version-record.ts';
import type { Row } from '../tables/rows.ts';

/**
 * Finds what a checkpoint need not keep: nodes that have had no name for long, and versions that no file shows any more. Looks at
 * the rows three times: `consider`, `keepReferred`, and `isGarbage` of each when they are written.
 */
export class Garbage {
  readonly #untilMs: number;
  /** Nodes that may go, with what they refer to themselves. */
  readonly #nodes = new Map<InodeId, readonly InodeId[]>();
  readonly #versions = new Map<InodeId, InodeId>();
  readonly #highestCounters = new Map<DeviceId, number>();

  /** What was removed after `untilMs` stays. */
  constructor(untilMs: number) {
    this.#untilMs = untilMs;
  }

  get size(): number {
    return this.#nodes.size + this.#versions.size;
  }

  /** Each row, once. */
  consider({ key, value }: Row): void {
    const inode = inodeOfKey(key);
    if (kindOfKey(key) === rowKind.version) {
      this.#noteCounter(inode);
      const { file, head } = decodeVersion(value);
      if (head.id.millis <= this.#untilMs) this.#versions.set(inode, file);
    }
    if (kindOfKey(key) !== rowKind.node) return;
    this.#noteCounter(inode);
    const node = decodeNode(value);
    const wasRemoved = node.removedFrom !== null || node.mergedInto !== null;
    if (wasRemoved && lastChangeMs(node) <= this.#untilMs) {
      this.#nodes.set(inode, referencesOf(node));
    }
  }

  /** Each row, once more. */
  keepReferred({ key, value }: Row): void {
    const inode = inodeOfKey(key);
    if (kindOfKey(key) === rowKind.entry) this.#keepNode(decodeEntry(value).inode);
    if (kindOfKey(key) === rowKind.version && !this.#versions.has(inode)) {
      this.#keepNode(decodeVersion(value).file);
    }
    if (kindOfKey(key) !== rowKind.node || this.#nodes.has(inode)) return;
    this.#versions.delete(inode);
    const node = decodeNode(value);
    for (const referred of referencesOf(node)) this.#keepNode(referred);
    for (const { beside } of node.heads) this.#versions.delete(beside);
  }

  /** After all rows were looked at twice. */
  isGarbage({ key }: Row): boolean {
    const inode = inodeOfKey(key);
    return kindOfKey(key) === rowKind.version ? this.#versions.has(inode) : this.#nodes.has(inode);
  }

  /** The highest counter among a device's inode numbers. */
  highestCounterOf(device: DeviceId): number {
    return this.#highestCounters.get(device) ?? 0;
  }

  #keepNode(inode: InodeId): void {
    for (const kept = [inode]; kept.length > 0;) {
      const next = kept.pop();
      if (next === undefined) return;
      const references = this.#nodes.get(next);
      this.#nodes.delete(next);
      this.#versions.delete(next);
      if (references) kept.push(...references);
    }
  }

  #noteCounter(inode: InodeId): void {
    const device = deviceOfInode(inode);
    const known = this.#highestCounters.get(device) ?? 0;
    this.#highestCounters.set(device, Math.max(known, inode % 2 ** 32));
  }
}

/** The time of the last operation that touched it: of its removal, if that was the last. */
function lastChangeMs({ ctime }: NodeRecord): number {
  return ctime.seconds * 1000 + Math.floor(ctime.nanoseconds / 1_000_000);
}

function referencesOf({ removedFrom, mergedInto, conflictOf }: NodeRecord): InodeId[] {
  return [removedFrom?.parent, mergedInto, conflictOf].filter((inode) => typeof inode === 'number');
}
