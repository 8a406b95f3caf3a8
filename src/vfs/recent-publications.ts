import type { InodeId } from '../metadata/ids.ts';
import type { Head } from '../metadata/node.ts';
import type { Acting } from '../metadata/operation.ts';
import type { Clock } from '../platform/clock.ts';

/** Whoever is connected has heard of a version by then, and whoever made one at the same moment has told it. */
const rememberedMs = 10_000;

/** Files that are remembered; of more, those published last. */
const maximumFiles = 4096;

/** Versions of one file in a row. */
const maximumVersions = 64;

export interface Publication {
  /** What it was made from. */
  readonly base: Head;
  readonly head: Head;
  readonly writer: Acting;
  /** When the first of it was written, by the clock that never goes back. */
  readonly sinceMs: number;
}

interface Remembered extends Publication {
  readonly atMs: number;
}

/** What was published here a moment ago: somebody else may have published the same file in the same moment. */
export class RecentPublications {
  readonly #clock: Clock;
  readonly #byInode = new Map<InodeId, readonly Remembered[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(inode: InodeId, publication: Publication): void {
    const atMs = this.#clock.monotonicMs();
    const earlier = this.#recent(inode).slice(1 - maximumVersions);
    this.#byInode.delete(inode);
    this.#byInode.set(inode, [...earlier, { ...publication, atMs }]);
    this.#forgetOld();
  }

  /** Oldest first. */
  of(inode: InodeId): readonly Publication[] {
    return this.#recent(inode);
  }

  #recent(inode: InodeId): readonly Remembered[] {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#byInode.get(inode) ?? [];
    return known.filter(({ atMs }) => nowMs - atMs < rememberedMs);
  }

  #forgetOld(): void {
    for (const inode of this.#byInode.keys()) {
      if (this.#byInode.size <= maximumFiles && this.of(inode).length > 0) return;
      this.#byInode.delete(inode);
    }
  }
}
