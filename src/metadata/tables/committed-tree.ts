import { GenerationCache } from '../../util/generation-cache.ts';
import { rootInode, type InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Entry, Node } from '../node.ts';
import type { Conflict, Place } from '../replica.ts';
import { decodeNode } from '../state/node-record.ts';
import { decodeEntry } from '../state/entry-record.ts';
import type { TreeReader } from '../state/overlay.ts';
import { placeOf } from '../state/placement.ts';
import { decodeTotals } from '../state/totals.ts';
import {
  entryKey,
  inodeToText,
  isEntryKey,
  listingKey,
  nodeKey,
  placeOfNameKey,
  restOfKey,
  rowKind,
  totalsKey,
  type TreeKey,
  xattrKey,
  youngestChangeKey,
} from '../state/tree-key.ts';
import { conflictOfKey, conflictsRange, conflictsRangeOf, rangeOf } from './global-key.ts';
import { cookieBytes, listedEntry, storedEntry } from './listing-row.ts';
import { viewNode } from './node-view.ts';
import type { Rows } from './rows.ts';

/** Nodes and entries kept decoded: about 60 MB when both are full. */
const cachedNodes = 65_536;
const cachedEntries = 65_536;

/** Entries read at once while listing: about what fits into one answer to the kernel. */
const listedAtOnce = 128;

/** The tree that requests see, as the database holds it. */
export class CommittedTree implements TreeReader {
  readonly rows: Rows;
  readonly #nodes = new GenerationCache<InodeId, Node>(cachedNodes);
  readonly #entries = new GenerationCache<TreeKey, Entry | null>(cachedEntries);

  constructor(rows: Rows) {
    this.rows = rows;
  }

  /** Without what is this machine's own. */
  get(key: TreeKey): Buffer | undefined {
    const value = this.rows.get(key);
    return value && isEntryKey(key) ? value.subarray(cookieBytes) : value;
  }

  node(inode: InodeId): Node | undefined {
    const cached = this.#nodes.get(inode);
    if (cached) return cached;
    const bytes = this.rows.peek(nodeKey(inode));
    if (!bytes) return undefined;
    const record = decodeNode(bytes);
    const totals = decodeTotals(this.rows.peek(totalsKey(inode)));
    const isDirectory = record.type === 'directory';
    const change = isDirectory ? this.rows.peek(youngestChangeKey(inode)) : undefined;
    const node = viewNode(inode, record, totals, change);
    this.#nodes.set(inode, node);
    return node;
  }

  entry(parent: InodeId, name: Name): Entry | undefined {
    const key = entryKey(parent, name);
    const cached = this.#entries.get(key);
    if (cached !== undefined) return cached ?? undefined;
    const stored = this.rows.peek(key);
    const entry = stored && storedEntry(name, stored);
    this.#entries.set(key, entry ?? null);
    return entry;
  }

  *entriesAfter(directory: InodeId, cookie: number): Generator<Entry> {
    const range = rangeOf((inodeToText(directory) + rowKind.listing) as TreeKey);
    for (let last = cookie; ;) {
      // All of a page before the first is given away: whoever takes it may do other things in between.
      const page = Array.from(
        this.rows.rawAfter(listingKey(directory, last), range, listedAtOnce),
        listedEntry,
      );
      yield* page;
      const end = page.at(-1);
      if (end === undefined || page.length < listedAtOnce) return;
      last = end.cookie;
    }
  }

  isEmpty(directory: InodeId): boolean {
    return decodeTotals(this.rows.peek(totalsKey(directory))).entries === 0;
  }

  parentOf(directory: InodeId): InodeId | undefined {
    return directory === rootInode ? rootInode : placeOf(this, directory)?.parent;
  }

  placesOf(inode: InodeId): Place[] {
    const place = placeOf(this, inode);
    if (place !== undefined) return [place];
    return this.nameKeys(inode).map(placeOfNameKey);
  }

  nameKeys(inode: InodeId): TreeKey[] {
    const range = rangeOf((inodeToText(inode) + rowKind.name) as TreeKey);
    return [...this.rows.all(range)].map(({ key }) => key);
  }

  /** What stands beside the name that it wanted: of one name, or all. An unordered walk that others may change meanwhile. */
  *conflicts(of?: Place): Generator<Conflict> {
    const range = of ? conflictsRangeOf(of.parent, of.name) : conflictsRange();
    for (const { key } of this.rows.all(range)) {
      const conflict = conflictOfKey(key);
      const entry = this.entry(conflict.parent, conflict.name);
      if (entry) yield { ...conflict, inode: entry.inode, type: entry.type };
    }
  }

  wantedName({ parent, name }: Place): Name | undefined {
    const stored = this.rows.get(entryKey(parent, name));
    return (stored && decodeEntry(stored.subarray(cookieBytes)).wanted) || undefined;
  }

  xattr(inode: InodeId, name: Name): Buffer | undefined {
    return this.rows.get(xattrKey(inode, name));
  }

  xattrNames(inode: InodeId): Name[] {
    const range = rangeOf((inodeToText(inode) + rowKind.xattr) as TreeKey);
    return [...this.rows.all(range)].map(({ key }) => restOfKey(key) as Name);
  }

  forgetNode(inode: InodeId): void {
    this.#nodes.delete(inode);
  }

  forgetEntry(key: TreeKey): void {
    this.#entries.delete(key);
  }

  forgetAll(): void {
    this.#nodes.clear();
    this.#entries.clear();
  }
}
