import { rootInode, type InodeId } from '../ids.ts';
import type { LocalReplica } from '../local-replica.ts';
import { Pace, runWhole, type Sliced } from '../merge/pace.ts';
import type { Name } from '../name.ts';
import { compareStamps } from '../stamp.ts';
import { versionsBeside } from '../version-rules.ts';
import { decodeEntry, type EntryRecord } from '../state/entry-record.ts';
import { decodeNode, type NodeRecord } from '../state/node-record.ts';
import { placeOf } from '../state/placement.ts';
import { decodeTotals, type Totals } from '../state/totals.ts';
import {
  displacedKey,
  entryKey,
  inodeFromText,
  inodeOfKey,
  kindOfKey,
  listingKey,
  nameKey,
  restOfKey,
  rowKind,
  type TreeKey,
} from '../state/tree-key.ts';
import type { CommittedTree } from '../tables/committed-tree.ts';
import { cookieBytes, cookieOf, listedEntry, listingValue } from '../tables/listing-row.ts';
import { bytesOf, type Row } from '../tables/rows.ts';
import { treeRows } from './canonical-tree.ts';
import { describeKey, type Problem } from './problem.ts';

interface Counted {
  names: number;
  entries: number;
  subdirectories: number;
}

/** Looks whether the tree in the database agrees with itself. An empty list when it does. Holds the event loop until it is done. */
export function checkTree(replica: LocalReplica): Problem[] {
  const { tree, options } = replica.parts;
  return runWhole(checkTreeInSlices(tree, replica.counts(), new Pace(options.clock)));
}

/** The same, of a tree that does not change meanwhile. */
export function checkTreeInSlices(
  tree: CommittedTree,
  counts: { readonly inodes: number; readonly entries: number },
  pace: Pace,
): Sliced<Problem[]> {
  return new TreeCheck(tree).run(counts, pace);
}

class TreeCheck {
  readonly #tree: CommittedTree;
  readonly #problems: Problem[] = [];
  readonly #counted = new Map<InodeId, Counted>([[rootInode, noneCounted()]]);
  readonly #stored = new Map<InodeId, Totals>();
  readonly #reachable = new Set<InodeId>([rootInode]);
  #entries = 0;

  constructor(tree: CommittedTree) {
    this.#tree = tree;
    this.#countedOf(rootInode).names = 1;
  }

  *run({ inodes, entries }: ReturnType<LocalReplica['counts']>, pace: Pace): Sliced<Problem[]> {
    for (const row of treeRows(this.#tree.rows)) {
      this.#checkRow(row);
      yield* pace.rest();
    }
    const named = yield* this.#checkTotals(pace);
    if (entries !== this.#entries)
      this.#report(`${entries} entries are counted, not ${this.#entries}`);
    if (inodes !== named) this.#report(`${inodes} inodes are counted, not ${named}`);
    return this.#problems;
  }

  #checkRow({ key, value }: Row): void {
    switch (kindOfKey(key)) {
      case rowKind.node:
        return this.#checkNode(key, decodeNode(value));
      case rowKind.entry:
        return this.#checkEntry(key, value);
      case rowKind.listing:
        return this.#checkListing({ key, value });
      case rowKind.name:
        return this.#checkName(key);
      case rowKind.place:
        return this.#checkPlace(key);
      case rowKind.displaced:
        return this.#checkDisplaced(key, value);
      case rowKind.totals:
        return void this.#stored.set(inodeOfKey(key), decodeTotals(value));
      case rowKind.youngestChange:
        return this.#checkYoungestChange(key, value);
      default:
        return undefined;
    }
  }

  #checkNode(key: TreeKey, { type, heads, conflictOf }: NodeRecord): void {
    if (type !== 'file' && heads.length > 0) this.#report(`${describeKey(key)} has content`);
    const sorted = [...heads].sort((a, b) => compareStamps(b.id, a.id));
    if (sorted.some((head, index) => head !== heads[index])) {
      this.#report(`${describeKey(key)} has heads that are not youngest first`);
    }
    const inode = inodeOfKey(key);
    for (const { beside } of versionsBeside(heads)) this.#checkBeside(key, inode, beside);
    if (conflictOf !== null) this.#checkVersion(key, inode, conflictOf);
  }

  #checkBeside(key: TreeKey, file: InodeId, beside: InodeId): void {
    const node = this.#tree.node(beside);
    if (node?.conflictOf === file && node.links === 1) return;
    this.#report(`${describeKey(key)} has a version ${beside} that is not shown beside it`);
  }

  #checkVersion(key: TreeKey, inode: InodeId, file: InodeId): void {
    if ((this.#tree.node(inode)?.links ?? 0) === 0) return;
    const heads = this.#tree.node(file)?.heads ?? [];
    if (versionsBeside(heads).some(({ beside }) => beside === inode)) return;
    this.#report(`${describeKey(key)} is shown beside file ${file}, of which it is no version`);
  }

  #checkEntry(key: TreeKey, stored: Buffer): void {
    this.#entries += 1;
    const tree = this.#tree;
    const parent = inodeOfKey(key);
    const name = restOfKey(key) as Name;
    const record = stored.subarray(cookieBytes);
    const entry = decodeEntry(record);
    const node = this.#tree.node(entry.inode);
    if (!node)
      this.#report(`${describeKey(key)} leads to inode ${entry.inode}, which is not there`);
    else if (node.type !== entry.type)
      this.#report(`${describeKey(key)} has another type than its inode`);
    const listed = tree.rows.get(listingKey(parent, cookieOf(stored)));
    if (!listed?.equals(listingValue(record, name)))
      this.#report(`${describeKey(key)} is not listed`);
    this.#checkIndex(key, parent, name, entry);
    if (!this.#isReachable(parent))
      this.#report(`${describeKey(key)} is not reachable from the root`);
    this.#countedOf(entry.inode).names += 1;
    this.#countedOf(parent).entries += 1;
    if (entry.type === 'directory') this.#countedOf(parent).subdirectories += 1;
  }

  #checkIndex(key: TreeKey, parent: InodeId, name: Name, entry: EntryRecord): void {
    const tree = this.#tree;
    const place = placeOf(tree, entry.inode);
    const isIndexed =
      entry.type === 'directory'
        ? place?.parent === parent && place.name === name
        : tree.rows.peek(nameKey(entry.inode, parent, name)) !== undefined;
    if (!isIndexed) this.#report(`${describeKey(key)} is not among the names of its inode`);
    if (entry.wanted === '') return;
    const displaced = tree.rows.get(displacedKey(parent, entry.inode, entry.wanted));
    if (displaced?.toString('latin1') !== name) {
      this.#report(`${describeKey(key)} cannot be found by the name that its author gave`);
    }
  }

  #checkListing(row: Row): void {
    const listed = listedEntry({ key: bytesOf(row.key), value: row.value });
    const stored = this.#tree.rows.get(entryKey(inodeOfKey(row.key), listed.name));
    if (!stored || cookieOf(stored) !== listed.cookie) {
      this.#report(`${describeKey(row.key)} lists a name that is not there`);
    }
  }

  #checkName(key: TreeKey): void {
    const rest = restOfKey(key);
    const name = rest.slice(8) as Name;
    this.#expectEntry(key, inodeFromText(rest, 0), name, inodeOfKey(key));
  }

  #checkPlace(key: TreeKey): void {
    const directory = inodeOfKey(key);
    const place = placeOf(this.#tree, directory);
    if (place) this.#expectEntry(key, place.parent, place.name, directory);
  }

  #checkDisplaced(key: TreeKey, value: Buffer): void {
    const inode = inodeFromText(restOfKey(key), 0);
    this.#expectEntry(key, inodeOfKey(key), value.toString('latin1') as Name, inode);
  }

  #expectEntry(key: TreeKey, parent: InodeId, name: Name, inode: InodeId): void {
    if (this.#tree.entry(parent, name)?.inode === inode) return;
    this.#report(`${describeKey(key)} tells of a name that is not there`);
  }

  #checkYoungestChange(key: TreeKey, value: Buffer): void {
    const { rows } = this.#tree;
    const prefix = key.slice(0, 8) + rowKind.change;
    const range = { start: prefix as TreeKey, end: (prefix + '\xff'.repeat(13)) as TreeKey };
    const [youngest] = rows.last(range, 1);
    if (youngest && restOfKey(youngest.key) === value.toString('latin1')) return;
    this.#report(`${describeKey(key)} is not the youngest change`);
  }

  /** The number of inodes that have a name. */
  *#checkTotals(pace: Pace): Sliced<number> {
    let named = 0;
    for (const [inode, counted] of this.#counted) {
      if (counted.names > 0) named += 1;
      this.#checkTotal(inode, counted);
      yield* pace.rest();
    }
    for (const inode of this.#stored.keys()) {
      if (!this.#counted.has(inode)) this.#checkTotal(inode, noneCounted());
      yield* pace.rest();
    }
    return named;
  }

  #checkTotal(inode: InodeId, counted: Counted): void {
    const stored = this.#stored.get(inode) ?? noneCounted();
    const agree =
      stored.names === counted.names &&
      stored.entries === counted.entries &&
      stored.subdirectories === counted.subdirectories;
    if (!agree)
      this.#report(`inode ${inode} has another number of names or entries than it counts`);
  }

  /** Follows `..` to the root, or to what is known to lead there; a cycle or a removed directory does not. */
  #isReachable(directory: InodeId): boolean {
    const path: InodeId[] = [];
    const seen = new Set<InodeId>();
    for (let next = directory; !this.#reachable.has(next);) {
      const parent = this.#tree.parentOf(next);
      if (parent === undefined || seen.has(next)) return false;
      seen.add(next);
      path.push(next);
      next = parent;
    }
    for (const inode of path) this.#reachable.add(inode);
    return true;
  }

  #countedOf(inode: InodeId): Counted {
    const known = this.#counted.get(inode) ?? noneCounted();
    this.#counted.set(inode, known);
    return known;
  }

  #report(what: string): void {
    this.#problems.push({ what });
  }
}

function noneCounted(): Counted {
  return { names: 0, entries: 0, subdirectories: 0 };
}
