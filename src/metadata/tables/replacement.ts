import type { Table } from '../../storage/database.ts';
import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Node } from '../node.ts';
import { inodeFromBytes } from '../state/entry-record.ts';
import type { Overlay } from '../state/overlay.ts';
import {
  inodeOfKey,
  inodeToText,
  isEntryKey,
  kindOfKey,
  restOfKey,
  type TreeKey,
} from '../state/tree-key.ts';
import type { TreeChange } from '../tree-change.ts';
import { CommittedTree } from './committed-tree.ts';
import { stageOverlay, visibleKinds } from './commit.ts';
import type { Counters, TreeCounters } from './counters.ts';
import { rangeOf, replacedKey } from './global-key.ts';
import { cookieBytes } from './listing-row.ts';
import { bytesOf, Rows, StagedRows } from './rows.ts';
import type { Stage, StagedRow } from './stage.ts';

/** Rows that are moved in one transaction at the start. */
const movedAtOnce = 4096;

/** Where the tree is, and where what is to take its place is prepared. */
export interface ReplaceableTree {
  readonly table: Table;
  readonly stage: Stage;
  readonly tree: CommittedTree;
  readonly counters: Counters;
}

/**
 * A tree that is to take the place of the one that requests see, of whatever size. It is prepared beside that one, which is served and
 * may change meanwhile: `tree` keeps to what was there at the beginning. Then one small transaction makes it the one that is served,
 * and its rows move to where they belong while it is. Whenever the process ends, the next start finds the old tree or the new one.
 */
export class Replacement {
  readonly #of: ReplaceableTree;
  /** As it is to be. */
  readonly tree: CommittedTree;
  readonly #counters: TreeCounters;
  /** What the table holds, whatever is shown in its place. */
  readonly #before: CommittedTree;
  /** Inodes of whose change everybody was told ahead of the rows that are being moved. */
  readonly #told = new Set<InodeId>();
  #lastTold: InodeId | undefined;

  constructor(of: ReplaceableTree) {
    if (of.tree.rows.isReplaced) throw new Error('the tree is being replaced already');
    this.#of = of;
    of.stage.clear();
    this.tree = new CommittedTree(new StagedRows(of.table, of.stage));
    this.#before = new CommittedTree(new Rows(of.table));
    this.#counters = of.counters.ofReplacement();
    of.tree.rows.keepIn(of.stage);
  }

  /** True as long as nothing was staged and the tree that is served has not changed. */
  get isEmpty(): boolean {
    return !this.#of.stage.touched;
  }

  /** Takes what the overlay over `tree` holds out of memory. */
  take(overlay: Overlay): void {
    this.tree.rows.transaction(() => stageOverlay(this.tree, this.#counters, overlay));
    overlay.clear();
  }

  /** Instead of `serve`. */
  abandon(): void {
    this.#of.tree.rows.keepIn(undefined);
  }

  /** From now on requests see this tree. `moveSome` must be called until there is nothing left to move. */
  serve(): void {
    const { tree, counters, stage } = this.#of;
    const { inodes, entries } = counters;
    counters.inodes = this.#counters.inodes;
    counters.entries = this.#counters.entries;
    try {
      tree.rows.transaction(() => {
        counters.save();
        tree.rows.put(replacedKey, Buffer.from([1]));
      });
    } catch (error) {
      counters.inodes = inodes;
      counters.entries = entries;
      throw error;
    }
    tree.rows.keepIn(undefined);
    tree.rows.show(stage);
    tree.forgetAll();
  }

  /** Moves at most `limit` rows to where they belong, and says what became different by them; undefined when all are there. */
  moveSome(limit: number): TreeChange[] | undefined {
    const { tree, stage } = this.#of;
    const page = [...stage.rows({ limit })].map(textOfKey);
    if (page.length === 0) {
      tree.rows.transaction(() => tree.rows.remove(replacedKey));
      tree.rows.show(undefined);
      stage.clear();
      return undefined;
    }
    const nodesBefore = new Map<InodeId, Node | undefined>();
    for (const { key } of page) this.#noteNode(key, nodesBefore);
    const changes: TreeChange[] = [];
    tree.rows.transaction(() => {
      for (const row of page) this.#move(row, changes);
    });
    this.#tellNodes(nodesBefore, changes);
    this.#lastTold = [...nodesBefore.keys()].at(-1) ?? this.#lastTold;
    return changes;
  }

  /** Before these rows change once more: what became different by those among them that were not moved yet. */
  tellAhead(keys: Iterable<TreeKey>): TreeChange[] {
    const { tree, stage } = this.#of;
    const changes: TreeChange[] = [];
    const nodesBefore = new Map<InodeId, Node | undefined>();
    tree.rows.transaction(() => {
      for (const key of keys) {
        if (this.#isStaged(inodeOfKey(key))) this.#noteNode(key, nodesBefore);
        if (!isEntryKey(key)) continue;
        const value = stage.peek(bytesOf(key));
        if (value !== undefined) this.#move({ key, value: value && Buffer.from(value) }, changes);
      }
    });
    for (const inode of nodesBefore.keys()) this.#told.add(inode);
    this.#tellNodes(nodesBefore, changes);
    return changes;
  }

  #noteNode(key: TreeKey, nodesBefore: Map<InodeId, Node | undefined>): void {
    if (!visibleKinds.has(kindOfKey(key))) return;
    const inode = inodeOfKey(key);
    if (inode === this.#lastTold || this.#told.has(inode) || nodesBefore.has(inode)) return;
    nodesBefore.set(inode, this.#before.node(inode));
  }

  #tellNodes(nodesBefore: Map<InodeId, Node | undefined>, changes: TreeChange[]): void {
    for (const [inode, before] of nodesBefore) {
      const after = this.#of.tree.node(inode);
      if (after) changes.push({ kind: 'node', before: before ?? null, after });
    }
    this.#before.forgetAll();
  }

  #move({ key, value }: { key: TreeKey; value: Buffer | null }, changes: TreeChange[]): void {
    if (isEntryKey(key)) this.#noteEntry(key, value, changes);
    const { rows } = this.#before;
    if (value) rows.put(key, value);
    else rows.remove(key);
    this.#of.stage.remove(bytesOf(key));
  }

  #noteEntry(key: TreeKey, value: Buffer | null, changes: TreeChange[]): void {
    const stored = this.#before.rows.peek(key);
    const before = stored ? inodeFromBytes(stored, cookieBytes) : null;
    const after = value && inodeFromBytes(value, cookieBytes);
    if (before === after) return;
    const parent = inodeOfKey(key);
    changes.push({ kind: 'entry', parent, name: restOfKey(key) as Name, before, after });
  }

  #isStaged(inode: InodeId): boolean {
    return isAnyStaged(this.#of.stage, inode);
  }
}

/** At the start, before anybody sees the tree: goes on where a process that was ended left a replacement. */
export function completeReplacement(rows: Rows, table: Table, stage: Stage): void {
  if (rows.get(replacedKey)) {
    for (;;) {
      const page = [...stage.rows({ limit: movedAtOnce })];
      if (page.length === 0) break;
      rows.transaction(() => {
        for (const { key, value } of page) {
          if (value) table.putSync(key, value);
          else table.removeSync(key);
          stage.remove(key);
        }
      });
    }
    rows.transaction(() => rows.remove(replacedKey));
  }
  stage.clear();
}

function isAnyStaged(stage: Stage, inode: InodeId): boolean {
  const { start, end } = rangeOf(inodeToText(inode) as TreeKey);
  return [...stage.rows({ start: bytesOf(start), end: bytesOf(end), limit: 1 })].length > 0;
}

function textOfKey({ key, value }: StagedRow): { key: TreeKey; value: Buffer | null } {
  return { key: key.toString('latin1') as TreeKey, value };
}
