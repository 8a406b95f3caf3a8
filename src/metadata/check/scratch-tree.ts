import type { RootDatabase } from 'lmdb';
import { openTable, type Table } from '../../storage/database.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import type { Overlay } from '../state/overlay.ts';
import { CommittedTree } from '../tables/committed-tree.ts';
import { stageOverlay } from '../tables/commit.ts';
import { Rows } from '../tables/rows.ts';

/** Rows removed in one transaction. */
const removedAtOnce = 1024;

/** A tree that nobody sees, in a table of its own: it may be larger than the memory. */
export class ScratchTree {
  readonly #table: Table;
  readonly rows: Rows;
  readonly tree: CommittedTree;
  #nextCookie = 3;
  readonly #counters = {
    inodes: 0,
    entries: 0,
    newCookie: () => this.#nextCookie++,
    save: () => undefined,
  };

  constructor(database: RootDatabase<Buffer, Buffer>) {
    this.#table = openTable(database, 'metadata-scratch');
    this.rows = new Rows(this.#table);
    this.tree = new CommittedTree(this.rows);
  }

  /** Takes what an overlay over the tree holds out of memory. */
  take(overlay: Overlay): void {
    this.rows.transaction(() => stageOverlay(this.tree, this.#counters, overlay));
    overlay.clear();
  }

  *clear(pace: Pace): Sliced<void> {
    for (;;) {
      const keys = [...this.#table.getKeys({ limit: removedAtOnce })];
      if (keys.length === 0) return;
      this.rows.transaction(() => {
        for (const key of keys) this.#table.removeSync(key);
      });
      yield;
      pace.restart();
    }
  }
}
