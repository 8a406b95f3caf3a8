import { fstatSync } from 'node:fs';
import { hash } from '../../crypto/hash.ts';
import { BackingFile } from '../backing/backing-file.ts';
import type { Intent } from '../intents/intents.ts';
import { Manifest, type ManifestHost } from '../map/manifest.ts';
import { blockLength, geometryOf, type Geometry } from '../merkle/geometry.ts';
import type { StoreContext } from '../store-context.ts';
import type { Fetcher } from '../fetch/fetcher.ts';
import { defaultBlockSize, type FileId, type Version } from '../version.ts';
import { DirtyBlocks } from './dirty-blocks.ts';
import type { WholePages } from '../passthrough/whole.ts';
import type { RecentChange } from './recent-changes.ts';
import { Turns } from './turns.ts';

/**
 * What is known of one file while it is in memory: a version (the base, described by the manifest) under local changes. A block is
 * dirty (changed here), or the base's (block < baseBlocks), or else zeros that a local truncation or growth left.
 */
export class FileState implements ManifestHost {
  readonly file: FileId;
  readonly context: StoreContext;
  readonly fetcher: Fetcher;
  readonly backing: BackingFile;
  readonly manifest: Manifest;
  readonly dirty = new DirtyBlocks();
  /** Blocks of a version made here that the tree has not confirmed: dirty again when another version comes first. */
  readonly unconfirmed = new Map<number, Buffer>();
  /** Changes of one file happen one after the other. */
  readonly turns = new Turns();
  users = 0;
  /** Where peers may have these blocks as well: the file of which this is a version that is shown beside it. */
  elsewhere: FileId | undefined;
  /** The name of the backing file is on the disk itself. */
  folderFlushed = false;
  /** The version that the tree has. */
  published: Version | null = null;
  baseBlocks = 0;
  changedAtMs: number | undefined;
  /** After an unclean stop in the middle of changes: what differs from the manifest is a change, not damage. */
  salvaging = false;
  /** Blocks of the base that were written here and did not come to the disk before the machine stopped. */
  readonly lost = new Set<number>();
  /** Level-0 pages of which the same is true. */
  readonly lostPages = new Set<number>();
  /** Whether peers have been asked for them. */
  asking: 'not yet' | 'under way' | 'in vain' = 'not yet';
  /** How the last versions were made here, the oldest first. */
  recent: readonly RecentChange[] = [];
  /** Completed blocks that wait to be hashed in the background. */
  readonly completed: number[] = [];
  /** From here to the end, all was appended since the last version; undefined when nothing was. */
  appendedFrom: number | undefined;
  /** Blocks of which only the local bytes are here, although others changed them too. */
  readonly unmerged = new Set<number>();
  /** When that began, by the clock that never goes back. */
  unmergedSinceMs = 0;
  /** The kernel reads the backing file by itself, so that all of it must be here all the time. */
  staysWhole = false;
  wholePages: WholePages = { epoch: 0, pages: 0 };
  /** Another version, as far as it is here, until it takes the place of this one. */
  aside: FileState | undefined;
  /** A shared memory map may change bytes without telling: the backing file's time of change when that was last looked for. */
  mappedWrites: { seenNs: bigint } | undefined;
  #waiting: AbortController | undefined;
  #shape: Geometry = geometryOf(0, defaultBlockSize);

  constructor(context: StoreContext, fetcher: Fetcher, file: FileId, knownToBeNew: boolean) {
    this.context = context;
    this.fetcher = fetcher;
    this.file = file;
    this.backing = new BackingFile(context, file, knownToBeNew);
    this.manifest = new Manifest(context, file, this, knownToBeNew);
  }

  /** The file as it is here, changes included. */
  get shape(): Geometry {
    return this.#shape;
  }

  get size(): number {
    return this.#shape.size;
  }

  get blockSize(): number {
    return this.#shape.blockSize;
  }

  setSize(size: number, blockSize = this.#shape.blockSize): void {
    if (size !== this.#shape.size || blockSize !== this.#shape.blockSize) {
      this.#shape = geometryOf(size, blockSize);
    }
  }

  get base(): Version | null {
    return this.manifest.version;
  }

  get intent(): Intent | undefined {
    return this.context.journal.get(this.file);
  }

  /** Local changes that no version describes. */
  get changed(): boolean {
    return (
      this.dirty.size > 0 ||
      this.size !== this.manifest.geometry.size ||
      this.baseBlocks < this.manifest.geometry.blocks
    );
  }

  /** Something that the tree does not have. */
  get ahead(): boolean {
    return this.changed || this.salvaging || !sameVersion(this.base, this.published);
  }

  isDirty(block: number): boolean {
    return this.dirty.has(block);
  }

  /** Its bytes are on this disk and right. */
  isHere(block: number): boolean {
    return this.dirty.has(block) || block >= this.baseBlocks || this.manifest.isResident(block);
  }

  /** The base's, and nothing has been changed in it. */
  isOfBase(block: number): boolean {
    return block < this.baseBlocks && !this.dirty.has(block);
  }

  lengthOf(block: number): number {
    return blockLength(this.#shape, block);
  }

  zero(firstBlock: number, blocks: number): void {
    this.backing.punch(firstBlock * this.blockSize, blocks * this.blockSize);
  }

  hashOfOnlyBlock(length: number): Buffer | undefined {
    if (!this.backing.descriptor() || this.backing.size() < length) return undefined;
    const bytes = Buffer.allocUnsafe(length);
    return this.backing.readWaiting(bytes, 0) === length ? hash(bytes) : undefined;
  }

  /** Hashes a block on this thread. */
  hashBlock(block: number): Buffer {
    const length = this.lengthOf(block);
    if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(length);
    const bytes = scratch.subarray(0, length);
    bytes.fill(0, this.backing.readWaiting(bytes, block * this.blockSize));
    return hash(bytes);
  }

  /** What the backing file takes on the disk. */
  diskBytes(): number {
    const descriptor = this.backing.descriptor();
    return descriptor ? fstatSync(descriptor.number).blocks * 512 : 0;
  }

  /** Ends waiting within a turn when another version comes. */
  get waitSignal(): AbortSignal {
    return (this.#waiting ??= new AbortController()).signal;
  }

  stopWaiting(reason: Error): void {
    this.#waiting?.abort(reason);
    this.#waiting = undefined;
  }

  noteChange(): void {
    this.changedAtMs = this.context.clock.nowMs();
  }
}

/** For hashing on this thread, one block at a time. */
let scratch = Buffer.allocUnsafeSlow(defaultBlockSize);

export function sameVersion(a: Version | null, b: Version | null): boolean {
  if (a === b) return true;
  if ((a?.size ?? 0) === 0 && (b?.size ?? 0) === 0) return a !== null && b !== null;
  return a !== null && b !== null && a.size === b.size && a.root.equals(b.root);
}
