import { rootInode, type InodeId } from '../metadata/ids.ts';

/**
 * How often the kernel was told of each inode, less what it has forgotten. While the count is above zero it may ask for the inode by
 * number, whether or not a name leads there. The root is always known.
 */
export class InodeReferences {
  readonly #counts = new Map<InodeId, number>();

  has(inode: InodeId): boolean {
    return inode === rootInode || this.#counts.has(inode);
  }

  add(inode: InodeId): void {
    this.#counts.set(inode, (this.#counts.get(inode) ?? 0) + 1);
  }

  /** True when that was the last one. */
  remove(inode: InodeId, references: number): boolean {
    const left = (this.#counts.get(inode) ?? 0) - references;
    if (left > 0) {
      this.#counts.set(inode, left);
      return false;
    }
    return this.#counts.delete(inode);
  }

  get size(): number {
    return this.#counts.size;
  }
}
