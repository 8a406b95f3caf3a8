import { followEntry } from './placement.ts';
import type { InodeId } from '../ids.ts';
import { inodeOfKey, isEntryKey, isNameKey, type TreeKey } from './tree-key.ts';

/** A state of the tree, row by row. A returned buffer never changes. */
export interface TreeReader {
  get(key: TreeKey): Buffer | undefined;
  /** The `name` rows of an inode, in any order. */
  nameKeys(inode: InodeId): readonly TreeKey[];
}

/** The tree before anything happened. An overlay over it is a tree in memory. */
export const emptyTree: TreeReader = { get: () => undefined, nameKeys: () => [] };

/** A state of the tree that differs from another in the rows changed here; nobody else sees it until it is committed. */
export class Overlay implements TreeReader {
  readonly #base: TreeReader;
  /** Null where the row is gone. */
  readonly changes = new Map<TreeKey, Buffer | null>();
  /** `name` rows among the changes, since these are looked for by their inode. */
  readonly #nameKeysByInode = new Map<InodeId, Set<TreeKey>>();

  constructor(base: TreeReader) {
    this.#base = base;
  }

  get(key: TreeKey): Buffer | undefined {
    const change = this.changes.get(key);
    return change === undefined ? this.#base.get(key) : (change ?? undefined);
  }

  nameKeys(inode: InodeId): readonly TreeKey[] {
    const changed = this.#nameKeysByInode.get(inode);
    const before = this.#base.nameKeys(inode);
    if (changed === undefined) return before;
    return [...new Set([...before, ...changed])].filter((key) => this.get(key) !== undefined);
  }

  /** Rows that follow from the entries follow at once, whoever changes an entry: an operation or its undoing. */
  set(key: TreeKey, value: Buffer | undefined): void {
    this.replace(key, isEntryKey(key) ? this.get(key) : undefined, value);
  }

  /** As `set`, by a caller who knows what is there. */
  replace(key: TreeKey, before: Buffer | undefined, value: Buffer | undefined): void {
    if (isEntryKey(key)) followEntry(this, key, before, value);
    this.changes.set(key, value ?? null);
    if (isNameKey(key)) this.#noteName(key);
  }

  /** Keeps the row as it is here while the base changes it. */
  keep(key: TreeKey): void {
    if (this.changes.has(key)) return;
    this.changes.set(key, this.#base.get(key) ?? null);
    if (isNameKey(key)) this.#noteName(key);
  }

  /** After the base took the changes over. */
  clear(): void {
    this.changes.clear();
    this.#nameKeysByInode.clear();
  }

  /** Forgets the row's change when there is none. */
  dropIfUnchanged(key: TreeKey): void {
    const value = this.changes.get(key);
    if (value === undefined) return;
    const before = this.#base.get(key) ?? null;
    const unchanged = value === null || before === null ? value === before : value.equals(before);
    if (unchanged) this.changes.delete(key);
  }

  #noteName(key: TreeKey): void {
    const inode = inodeOfKey(key);
    const keys = this.#nameKeysByInode.get(inode);
    if (keys === undefined) this.#nameKeysByInode.set(inode, new Set([key]));
    else keys.add(key);
  }
}
