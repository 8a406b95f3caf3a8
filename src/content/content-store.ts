import type { BlockSource } from './fetch/block-source.ts';
import type { CopiedOut } from './file/copy-out.ts';
import type { BackingAccess } from './passthrough/backing-access.ts';
import type { ByteRange, FileId, Version } from './version.ts';

/** The bytes of all files on this disk: which are resident, which were changed here and not yet published. */
export interface ContentStore {
  /**
   * The file's content, which the caller closes as often as it opened it. `version` is what the tree says now (null: never written);
   * a store that has local unpublished changes keeps them on top of it. Peers that lack its blocks are asked for them under the number
   * `elsewhere` too.
   */
  open(file: FileId, version: Version | null, elsewhere?: FileId): OpenContent;
  /** The tree has a new version for a file. Resolves with the ranges whose bytes may differ from what readers saw before. */
  adopt(file: FileId, version: Version): Promise<readonly ByteRange[]>;
  /**
   * Resolves when all that differs in `version` from what is here of an open file is on this disk, beside it, so that `adopt` and `merge`
   * need nobody. `number` is one that no file has. Rejects as OpenContent.read does, or because another version is wanted meanwhile.
   */
  bringAside(file: FileId, version: Version, number: FileId, signal?: AbortSignal): Promise<void>;
  /**
   * Like `adopt`, but what was changed here since the version `since`, which `version` was made from too, is laid over it and is a
   * change that no version has, although it was published before. Undefined, and nothing has happened, when that is not known any more:
   * changes are remembered for some seconds, and a truncation not at all.
   */
  merge(file: FileId, version: Version, since: Version): Promise<readonly ByteRange[] | undefined>;
  /**
   * The version on which the bytes on this disk are based, whatever the tree says; undefined where there are none, and where a crash
   * left changes without saying of what.
   */
  storedVersion(file: FileId): Version | undefined;
  /**
   * What is here of `version` under `from` is here under `to` as well when this resolves, on the disk itself; changes that no version
   * has are left out. Does nothing when `from` has another version. To be called before `from` adopts another one.
   */
  clone(from: FileId, version: Version, to: FileId): Promise<void>;
  /**
   * Copies what is here of `version`, or of whatever is here, with what was changed since and no version has, to the empty file
   * `target`, a descriptor. Undefined, and nothing has happened, where there is another version or nothing.
   */
  copyOut(file: FileId, version: Version | 'any', target: number): Promise<CopiedOut | undefined>;
  /** The last name is gone, nobody has it open and no peer will ask again: frees the disk. */
  remove(file: FileId): void;
  /** Files with changes that a crash kept from being published: the caller publishes them. */
  unpublished(): readonly FileId[];
  /** All files that have bytes on this disk, some at a time. */
  storedFiles(): AsyncIterable<readonly FileId[]>;
  /** Bytes of this file on this disk, for `st_blocks`. */
  residentBytes(file: FileId, version: Version | null): number;
  /** Peers that may have blocks, by opaque id. */
  addSource(source: BlockSource): void;
  removeSource(id: string): void;
  /** What a peer asked for: see BlockOffer. */
  offer(request: BlockQuery): BlockOffer;
  page(query: PageQuery): Buffer | undefined;
  transfers(): readonly Transfer[];
  close(): Promise<void>;
}

/** One file's content while somebody uses it. Sizes and bytes include what was written here and is not published yet. */
export interface OpenContent {
  readonly backing: BackingAccess;
  readonly size: number;
  /** True while there are changes that no published version has. */
  readonly dirty: boolean;
  /** When this machine last changed the bytes, in milliseconds since 1970; undefined when not dirty. */
  readonly changedAtMs: number | undefined;
  /** True when every byte of [position, position + length) is on this disk and verified. */
  isResident(position: number, length: number): boolean;
  /**
   * Copies bytes into `target` (from its start; at most its length) and returns how many: fewer than asked only at the end of the file.
   * Synchronous when the bytes are resident and in the kernel's cache; otherwise a promise, which rejects with
   * ContentUnavailable when no connected peer has them within the configured time, or with the signal's reason.
   * `reader` is an opaque per-handle object by which read-ahead recognises sequential readers.
   */
  read(
    position: number,
    target: Buffer,
    reader: Reader,
    signal?: AbortSignal,
  ): number | Promise<number>;
  /** Writes all of `data`, growing the file when needed. A promise only while a write-intent is made durable or a partly overwritten block is fetched. */
  write(position: number, data: Uint8Array): void | Promise<void>;
  /** Writes at what is the end then. Should a longer version come before this has one, it goes behind what that has. */
  append(data: Uint8Array): void | Promise<void>;
  /**
   * Copies bytes of another open file to `position` without bringing them into memory: how many. Undefined when something has to be waited
   * for first: then `read` and `write` do it.
   */
  copyFrom(
    source: OpenContent,
    from: number,
    position: number,
    length: number,
  ): Promise<number> | undefined;
  truncate(size: number): void | Promise<void>;
  /** Makes the range read as zeros, without changing the size; frees its disk space. */
  punchHole(position: number, length: number): void | Promise<void>;
  /** Grows the file when `grow`, and reserves disk space as fallocate(2) does. */
  allocate(position: number, length: number, grow: boolean): void | Promise<void>;
  /** Next data or hole at or after `position`, as lseek(2); undefined where lseek says ENXIO. Missing blocks count as data. */
  seek(position: number, what: 'data' | 'hole'): number | undefined | Promise<number | undefined>;
  /**
   * Hashes what changed and returns the version to tell the network, or undefined when nothing changed. Bytes written meanwhile
   * stay dirty. Synchronous for small files. The caller performs the operation and then calls `published`. Rejects with MergePending
   * for some seconds while another version's bytes cannot be had that belong in the same blocks.
   */
  publish(): Version | undefined | Promise<Version | undefined>;
  /**
   * The tree has another version, so that nobody may have the bytes any more which a publication under way waits for: it rejects with
   * ContentUnavailable, and may be tried again once the version has been adopted.
   */
  stopWaiting(): void;
  /** The version that `publish` returned is in the tree now. */
  published(version: Version): void;
  /** Resolves when written bytes and their bookkeeping are on the disk itself. */
  sync(): Promise<void>;
  /** For copy_file_range and passthrough: the backing file's descriptor when the whole file is resident and verified. */
  residentDescriptor(): number | undefined;
  close(): void;
}

/** State of one open handle for read-ahead. Made by the caller with `new Reader()`, one per handle, closed with it. */
export class Reader {
  /** Where the last read ended; a read that starts here is sequential. */
  nextPosition = 0;
  /** Bytes to stay ahead; grows while reading is sequential. */
  window = 0;
  closed = false;
}

export interface BlockQuery {
  readonly file: FileId;
  readonly blockSize: number;
  readonly firstBlock: number;
  /** Expected hash of each consecutive block, 32 bytes each. */
  readonly hashes: Buffer;
}

/** For each block asked for, where its bytes are here, or null when this peer lacks that block in that version. */
export type BlockOffer = readonly (BlockLocation | null)[];

export interface BlockLocation {
  /** An open descriptor; stays open until `release` is called. */
  readonly descriptor: number;
  readonly position: number;
  readonly length: number;
  /** As asked for. The bytes may be overwritten by the time that they are read: then they are not what is offered here. */
  readonly hash: Buffer;
  release(): void;
}

export interface PageQuery {
  readonly file: FileId;
  /** 0 is the page that holds block hashes. */
  readonly level: number;
  readonly index: number;
  /** 32 bytes. */
  readonly hash: Buffer;
}

/** What `status` and progress bars show of a file that is being fetched. */
export interface Transfer {
  readonly file: FileId;
  readonly size: number;
  readonly residentBytes: number;
  /** Bytes received since the file was opened here, by source id. */
  readonly bytesBySource: ReadonlyMap<string, number>;
}

/** No connected peer has the block, or none answered in time. */
export class ContentUnavailable extends Error {}

/**
 * What others changed in the same block cannot be had now, as happens when they are changing it again. Nothing is wrong and nothing is
 * lost: the publication is to be tried again a little later.
 */
export class MergePending extends ContentUnavailable {}
