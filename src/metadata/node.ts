import type { InodeId } from './ids.ts';
import type { Name } from './name.ts';
import type { Stamp } from './stamp.ts';

export type NodeType =
  'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character-device' | 'block-device';

/** Since 1970; seconds may be negative, nanoseconds are 0 to 999,999,999. */
export interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export function isLater(a: Time, b: Time): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}

/** A version of a file's content that no other version supersedes. */
export interface Head {
  /** The stamp of the `set-content` operation that made it. */
  readonly id: Stamp;
  /** Bytes. */
  readonly size: number;
  /** Bytes; a power of two. */
  readonly blockSize: number;
  /** Merkle root: see docs/formats/blocks.md. 32 bytes. */
  readonly root: Buffer;
  /** The node under which this version is shown beside the file while it is not the youngest. */
  readonly beside: InodeId;
}

/** A version that stood beside the file stands in a file of its own since. */
export interface Departure {
  readonly version: Stamp;
  readonly inode: InodeId;
}

/** What the tree knows of an inode, as everybody sees it. Immutable: a change makes a new one. */
export interface Node {
  readonly inode: InodeId;
  readonly type: NodeType;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Who may do what besides owner, group and others, where it says more than the mode: see access-list.ts. */
  readonly accessList: Buffer | null;
  /** Of a directory: what things made in it begin with. */
  readonly defaultList: Buffer | null;
  /** As in `st_rdev`; 0 unless a device. */
  readonly rdev: number;
  /** Bytes of a symbolic link's target as latin1 text; empty otherwise. */
  readonly target: string;
  readonly atime: Time;
  /** For a directory: of the last change of its entries, or as set since. */
  readonly mtime: Time;
  readonly ctime: Time;
  /** Names that lead here; for a directory 2 plus its subdirectories; 0 once the last name is gone. */
  readonly links: number;
  /** Youngest first; empty for a file never written (its size is 0) and for what is not a file. */
  readonly heads: readonly Head[];
  /** The file of which this is a version that is shown beside it; null for everything else. */
  readonly conflictOf: InodeId | null;
  /** Versions that stood beside this file, as whoever made them may not know yet that they do not any more; the last ones. */
  readonly departures: readonly Departure[];
  /** The file of which this was a version that was shown beside it. */
  readonly departedFrom: InodeId | null;
  /** What this node, which has no name of its own any more, became one with; operations on it act on that. */
  readonly mergedInto: InodeId | null;
}

/** A name in a directory. */
export interface Entry {
  readonly name: Name;
  readonly inode: InodeId;
  readonly type: NodeType;
  /** Where it stands in listings: above 2 (0, 1 and 2 are for `.` and `..`), rising, unique in the directory, kept while the entry lives. */
  readonly cookie: number;
}
