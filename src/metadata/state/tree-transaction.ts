import type { InodeId } from '../ids.ts';
import { rootInode } from '../ids.ts';
import type { Name } from '../name.ts';
import { stampToText, type Stamp } from '../stamp.ts';
import { decodeEntry, encodeEntry, type EntryRecord } from './entry-record.ts';
import { decodeNode, encodeNode, type NodeRecord } from './node-record.ts';
import type { Overlay } from './overlay.ts';
import type { Place } from '../replica.ts';
import { placeOf, totalsOf } from './placement.ts';
import { decodeVersion, encodeVersion, type VersionRecord } from './version-record.ts';
import {
  changeKey,
  childrenKey,
  displacedKey,
  entryKey,
  nodeKey,
  placeOfNameKey,
  placesKey,
  type TreeKey,
  versionKey,
  xattrKey,
} from './tree-key.ts';

/** What one operation looked at and did. */
export interface Trace {
  /** Rows and wholes that the outcome depends on. */
  readonly reads: ReadonlySet<TreeKey>;
  /** Wholes that it changed a part of without looking: two such changes do not depend on each other. */
  readonly touches: ReadonlySet<TreeKey>;
  /** Rows written, with what they held before. */
  readonly writes: ReadonlyMap<TreeKey, Buffer | undefined>;
}

const nothing = Buffer.alloc(0);

/** The only way in which an operation sees and changes the tree; notes everything that undoing and commuting need. */
export class TreeTransaction implements Trace {
  readonly #tree: Overlay;
  readonly #stampText: string;
  readonly reads = new Set<TreeKey>();
  readonly touches = new Set<TreeKey>();
  readonly writes = new Map<TreeKey, Buffer | undefined>();
  /** What was read or written last, so that nothing is looked up twice. */
  readonly #known = new Map<TreeKey, Buffer | undefined>();

  constructor(tree: Overlay, stamp: Stamp) {
    this.#tree = tree;
    this.#stampText = stampToText(stamp);
  }

  readNode(inode: InodeId): NodeRecord | undefined {
    const bytes = this.#read(nodeKey(inode));
    return bytes && decodeNode(bytes);
  }

  writeNode(inode: InodeId, record: NodeRecord): void {
    this.#write(nodeKey(inode), encodeNode(record));
  }

  readEntry(parent: InodeId, name: Name): EntryRecord | undefined {
    const bytes = this.#read(entryKey(parent, name));
    return bytes && decodeEntry(bytes);
  }

  /** Also moves the directory's times. */
  writeEntry(parent: InodeId, name: Name, record: EntryRecord | undefined): void {
    const key = entryKey(parent, name);
    const bytes = this.#get(key);
    const before = bytes && decodeEntry(bytes);
    this.#write(key, record && encodeEntry(record));
    if (before) this.#left(parent, name, before);
    if (record) this.#arrived(parent, name, record);
    this.touches.add(childrenKey(parent));
    this.#noteChange(parent);
  }

  /** The name under which `inode` stands because another file has the name that its author gave. */
  readDisplaced(parent: InodeId, wanted: Name, inode: InodeId): Name | undefined {
    return this.#read(displacedKey(parent, inode, wanted))?.toString('latin1') as Name | undefined;
  }

  isEmpty(directory: InodeId): boolean {
    this.reads.add(childrenKey(directory));
    return totalsOf(this.#tree, directory).entries === 0;
  }

  /** Whether any name leads to it. */
  hasPlace(inode: InodeId): boolean {
    this.reads.add(placesKey(inode));
    return inode === rootInode || totalsOf(this.#tree, inode).names > 0;
  }

  /** Where a directory is; undefined for the root and for one that was removed. */
  readPlace(directory: InodeId): Place | undefined {
    this.reads.add(placesKey(directory));
    return placeOf(this.#tree, directory);
  }

  /** Every name that leads to it, in an order that is the same on all peers. */
  readPlaces(inode: InodeId): Place[] {
    this.reads.add(placesKey(inode));
    const place = placeOf(this.#tree, inode);
    if (place !== undefined) return [place];
    return [...this.#tree.nameKeys(inode)].sort().map(placeOfNameKey);
  }

  /** The version that the node of this number would show. */
  readVersion(beside: InodeId): VersionRecord | undefined {
    const bytes = this.#read(versionKey(beside));
    return bytes && decodeVersion(bytes);
  }

  writeVersion(beside: InodeId, record: VersionRecord): void {
    this.#write(versionKey(beside), encodeVersion(record));
  }

  readXattr(inode: InodeId, name: Name): Buffer | undefined {
    return this.#read(xattrKey(inode, name));
  }

  writeXattr(inode: InodeId, name: Name, value: Buffer | undefined): void {
    this.#write(xattrKey(inode, name), value);
  }

  /** Takes back what it wrote, as if it had only looked. */
  rollBack(): void {
    undo(this.#tree, this.writes);
    this.#known.clear();
    this.writes.clear();
    this.touches.clear();
  }

  #left(parent: InodeId, name: Name, entry: EntryRecord): void {
    this.touches.add(placesKey(entry.inode));
    if (entry.wanted !== '') {
      this.#write(displacedKey(parent, entry.inode, entry.wanted), undefined);
    }
  }

  #arrived(parent: InodeId, name: Name, entry: EntryRecord): void {
    this.touches.add(placesKey(entry.inode));
    if (entry.wanted !== '') {
      this.#write(displacedKey(parent, entry.inode, entry.wanted), Buffer.from(name, 'latin1'));
    }
  }

  /** The row is this operation's own, so it cannot be there before. */
  #noteChange(directory: InodeId): void {
    const key = changeKey(directory, this.#stampText);
    if (this.writes.has(key)) return;
    this.writes.set(key, undefined);
    this.#tree.set(key, nothing);
  }

  #read(key: TreeKey): Buffer | undefined {
    this.reads.add(key);
    return this.#get(key);
  }

  #get(key: TreeKey): Buffer | undefined {
    const known = this.#known.get(key);
    if (known !== undefined || this.#known.has(key)) return known;
    const value = this.#tree.get(key);
    this.#known.set(key, value);
    return value;
  }

  #write(key: TreeKey, value: Buffer | undefined): void {
    const before = this.#get(key);
    if (!this.writes.has(key)) this.writes.set(key, before);
    this.#tree.replace(key, before, value);
    this.#known.set(key, value);
  }
}

/** Puts back what an operation found. Right as long as everything younger that wrote one of these rows is undone already. */
export function undo(tree: Overlay, writes: ReadonlyMap<TreeKey, Buffer | undefined>): void {
  for (const [key, before] of writes) tree.set(key, before);
}
