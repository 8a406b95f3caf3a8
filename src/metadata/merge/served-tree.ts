import type { Overlay } from '../state/overlay.ts';
import { commitOverlay } from '../tables/commit.ts';
import { type ReplaceableTree, Replacement } from '../tables/replacement.ts';
import type { TreeChange } from '../tree-change.ts';
import type { MergeLimits } from './limits.ts';
import type { Pace, Sliced } from './pace.ts';

export interface ServedTreeOptions extends ReplaceableTree {
  readonly limits: MergeLimits;
  /** After the changes became visible. */
  readonly changed: (changes: readonly TreeChange[], origin: 'local' | 'merge') => void;
}

/** The tree that requests see, and how another one takes its place. */
export class ServedTree {
  readonly #options: ServedTreeOptions;
  /** It is served, and its rows are being moved. */
  #replacement: Replacement | undefined;

  constructor(options: ServedTreeOptions) {
    this.#options = options;
  }

  /** Makes what the overlay holds visible; what became different by it. */
  commit(overlay: Overlay): TreeChange[] {
    const { tree, counters } = this.#options;
    return commitOverlay(tree, counters, overlay);
  }

  /** The same, and tells it as what a merge did. */
  merge(overlay: Overlay): void {
    const changes = this.commit(overlay);
    if (changes.length > 0) this.#options.changed(changes, 'merge');
  }

  /** Before the rows that the overlay holds change once more. */
  tellAhead(overlay: Overlay): void {
    const changes = this.#replacement?.tellAhead(overlay.changes.keys()) ?? [];
    if (changes.length > 0) this.#options.changed(changes, 'merge');
  }

  /** A tree that is to be served; it must be served or abandoned. Only while nothing is left of the one before: see `moveAll`. */
  prepareNext(): Replacement {
    return new Replacement(this.#options);
  }

  /** Serves it, with what the overlay over it holds. Little is committed at once instead, as if it had been in place: then false. */
  replace(replacement: Replacement, overlay: Overlay): boolean {
    if (replacement.isEmpty) {
      replacement.abandon();
      for (const key of overlay.changes.keys()) overlay.dropIfUnchanged(key);
      this.merge(overlay);
      return false;
    }
    replacement.take(overlay);
    replacement.serve();
    this.isServed(replacement);
    return true;
  }

  /** Its rows are still to be moved. */
  isServed(replacement: Replacement): void {
    this.#replacement = replacement;
  }

  /** Does nothing to one that is served. */
  abandon(replacement: Replacement): void {
    if (this.#replacement !== replacement) replacement.abandon();
  }

  /** Moves what is left of the rows of the tree that is served, and tells what became different. */
  *moveAll(pace: Pace): Sliced<void> {
    while (this.#replacement) {
      const changes = this.#replacement.moveSome(this.#options.limits.rowsAtOnce);
      if (changes) this.#options.changed(changes, 'merge');
      else this.#replacement = undefined;
      yield;
      pace.restart();
    }
  }
}
