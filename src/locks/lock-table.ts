import { after, before, type Position } from './position.ts';

export const lockRead = 0;
export const lockWrite = 1;
/** Several may hold a `lockRead` of the same bytes, or one a `lockWrite`. */
export type LockType = typeof lockRead | typeof lockWrite;

/** Bytes from `start` to `end`, both included. */
export interface LockRange {
  readonly start: Position;
  readonly end: Position;
  readonly type: LockType;
}

/** Who holds locks: all that he holds is one thing to him. Owners with one key are the same. */
export interface LockOwner {
  readonly key: string;
  /** The peer at which he is. */
  readonly device: number;
  /** The process that asked last, where that is known. */
  readonly pid: number;
  /** The open file through which it asked last, where that is known. */
  readonly handle: number;
}

export interface HeldLocks {
  owner: LockOwner;
  /** By position, without overlap; neighbours of one type are one. */
  ranges: LockRange[];
}

/** Who holds which bytes of one file: the rules of fcntl(2) for one kind of lock. A lock of the whole file is one range. */
export class LockTable {
  readonly #byOwner = new Map<string, HeldLocks>();
  readonly #changed: (device: number, ranges: number) => void;
  #count = 0;

  /** `changed` is told by how many ranges a peer's locks became more or, when negative, fewer. */
  constructor(changed: (device: number, ranges: number) => void = () => {}) {
    this.#changed = changed;
  }

  /** Ranges of all owners. */
  get count(): number {
    return this.#count;
  }

  owners(): Iterable<HeldLocks> {
    return this.#byOwner.values();
  }

  of(key: string): HeldLocks | undefined {
    return this.#byOwner.get(key);
  }

  /** A lock of somebody else with which this one cannot be. Of several of one owner, the first. */
  conflict(
    key: string,
    type: LockType,
    start: Position,
    end: Position,
  ): (LockRange & { readonly owner: LockOwner }) | undefined {
    for (const { owner, ranges } of this.#byOwner.values()) {
      if (owner.key === key) continue;
      const found = ranges.find((held) => excludes(held, type, start, end));
      if (found !== undefined) return { ...found, owner };
    }
    return undefined;
  }

  overlaps(key: string, start: Position, end: Position): boolean {
    const ranges = this.#byOwner.get(key)?.ranges ?? [];
    return ranges.some((held) => held.start <= end && start <= held.end);
  }

  /** Whatever the owner held of these bytes is replaced. Whether others are in the way was asked before. */
  set(owner: LockOwner, type: LockType, start: Position, end: Position): void {
    const held = this.#byOwner.get(owner.key);
    if (held === undefined) {
      this.#byOwner.set(owner.key, { owner, ranges: [{ start, end, type }] });
      this.#count += 1;
      this.#changed(owner.device, 1);
      return;
    }
    held.owner = owner;
    this.#replace(held, joined(without(held.ranges, start, end), { start, end, type }));
  }

  /** Lets go of what the owner holds of these bytes; false when that is nothing. */
  clear(key: string, start: Position, end: Position): boolean {
    const held = this.#byOwner.get(key);
    if (held === undefined || !this.overlaps(key, start, end)) return false;
    this.#replace(held, without(held.ranges, start, end));
    return true;
  }

  #replace(held: HeldLocks, ranges: LockRange[]): void {
    const more = ranges.length - held.ranges.length;
    this.#count += more;
    if (more !== 0) this.#changed(held.owner.device, more);
    held.ranges = ranges;
    if (ranges.length === 0) this.#byOwner.delete(held.owner.key);
  }
}

/** Whether two locks of different owners cannot be held at once. */
export function excludes(held: LockRange, type: LockType, start: Position, end: Position): boolean {
  return (held.type === lockWrite || type === lockWrite) && held.start <= end && start <= held.end;
}

/** What is left when these bytes are taken out: a range that is cut in the middle becomes two. */
function without(ranges: readonly LockRange[], start: Position, end: Position): LockRange[] {
  const left: LockRange[] = [];
  for (const range of ranges) {
    if (range.end < start || range.start > end) left.push(range);
    else {
      if (range.start < start) left.push({ ...range, end: before(start) });
      if (range.end > end) left.push({ ...range, start: after(end) });
    }
  }
  return left;
}

/** With one more, which nothing overlaps, at its place and as one with neighbours of its type. */
function joined(ranges: readonly LockRange[], added: LockRange): LockRange[] {
  let { start, end } = added;
  const others: LockRange[] = [];
  for (const range of ranges) {
    if (range.type === added.type && range.end < start && after(range.end) === start) {
      start = range.start;
    } else if (range.type === added.type && range.start > end && after(end) === range.start) {
      end = range.end;
    } else others.push(range);
  }
  const place = others.findIndex((range) => range.start > start);
  others.splice(place < 0 ? others.length : place, 0, { start, end, type: added.type });
  return others;
}
