import { rootInode, type InodeId } from '../metadata/ids.ts';
import { NumberCounts } from '../util/number-counts.ts';

/**
 * How often the kernel was told of each inode, less what it has forgotten. While the count is above zero it may ask for the inode by
 * number, whether or not a name leads there. The root is always known.
 */
export class InodeReferences {
  readonly #counts = new NumberCounts();

  has(inode: InodeId): boolean {
    return inode === rootInode || this.#counts.get(inode) > 0;
  }

  add(inode: InodeId): void {
    this.#counts.set(inode, this.#counts.get(inode) + 1);
  }

  /** True when that was the last one. */
  remove(inode: InodeId, references: number): boolean {
    const known = this.#counts.get(inode);
    this.#counts.set(inode, known - references);
    return known > 0 && known <= references;
  }

  get size(): number {
    return this.#counts.size;
  }
}
