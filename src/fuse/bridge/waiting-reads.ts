/** A run of bytes of a file; a `length` of 0 is up to the end. */
export interface Range {
  readonly position: number;
  readonly length: number;
}

/** A READ that waits for its bytes. While it does, the kernel holds its pages locked. */
export interface WaitingRead extends Range {
  readonly inode: number;
  /** To be called once it has been answered. */
  readonly afterwards: (() => void)[];
}

/** The reads that wait, for whoever wants pages dropped: dropping a locked page would wait as well, and hold up what comes behind it. */
export class WaitingReads {
  readonly #byInode = new Map<number, Set<WaitingRead>>();

  add(inode: number, position: number, length: number): WaitingRead {
    const read: WaitingRead = { inode, position, length, afterwards: [] };
    const reads = this.#byInode.get(inode) ?? new Set();
    this.#byInode.set(inode, reads.add(read));
    return read;
  }

  remove(read: WaitingRead): void {
    const reads = this.#byInode.get(read.inode);
    reads?.delete(read);
    if (reads?.size === 0) this.#byInode.delete(read.inode);
    for (const callback of read.afterwards) callback();
  }

  /** Those that touch the range, by position. */
  touching(inode: number, range: Range): WaitingRead[] {
    const reads = [...(this.#byInode.get(inode) ?? [])];
    return reads
      .filter((read) => read.position < endOf(range) && endOf(read) > range.position)
      .sort((one, other) => one.position - other.position);
  }
}

/** What of a range no read touches; `reads` by position. */
export function gapsBetween(range: Range, reads: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let position = range.position;
  for (const read of reads) {
    if (read.position > position) gaps.push({ position, length: read.position - position });
    position = Math.max(position, endOf(read));
  }
  const end = endOf(range);
  if (position < end) gaps.push({ position, length: end === Infinity ? 0 : end - position });
  return gaps;
}

function endOf(range: Range): number {
  return range.length === 0 ? Infinity : range.position + range.length;
}
