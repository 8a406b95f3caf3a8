import type { DeviceId } from '../identity/ids.ts';
import type { InodeId } from './ids.ts';
import type { Name } from './name.ts';
import type { Head, NodeType, Time } from './node.ts';
import type { Stamp } from './stamp.ts';

/** Who asks. On `net` the uid is that of the author's certificate and the gids are what the network says he is in. */
export interface Acting {
  readonly uid: number;
  readonly gids: readonly number[];
}

/** What an operation says. One file per kind in operations/ holds its checks and its effect. */
export type OperationFields =
  | Create
  | Link
  | Unlink
  | RemoveDirectory
  | Rename
  | Exchange
  | SetAttributes
  | SetContent
  | SetXattr
  | RemoveXattr
  | Settle
  | Acknowledge
  | ProposeCheckpoint;

/** Makes a node and its first name. */
export interface Create {
  readonly kind: 'create';
  readonly inode: InodeId;
  readonly parent: InodeId;
  readonly name: Name;
  readonly type: NodeType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly target: string;
  /** The directory's default list, where it has one: the mode is what that left of the one asked for. */
  readonly inherits?: Buffer;
}

export interface Link {
  readonly kind: 'link';
  readonly inode: InodeId;
  readonly parent: InodeId;
  readonly name: Name;
}

/** Removes the name if it still leads to the node, and the node still shows the version, that its author saw. */
export interface Unlink {
  readonly kind: 'unlink';
  readonly parent: InodeId;
  readonly name: Name;
  readonly inode: InodeId;
  /** The version that was under the name; null for a file never written, and for what is not a file. */
  readonly seen: Head['id'] | null;
}

export interface RemoveDirectory {
  readonly kind: 'remove-directory';
  readonly parent: InodeId;
  readonly name: Name;
  readonly inode: InodeId;
}

/** Moves a name. `victim` is the node that its author saw under the new name, if any: only that one may be replaced. */
export interface Rename {
  readonly kind: 'rename';
  readonly parent: InodeId;
  readonly name: Name;
  readonly inode: InodeId;
  readonly newParent: InodeId;
  readonly newName: Name;
  readonly victim: InodeId | null;
  /** The version of the victim that its author saw, as in `Unlink`. */
  readonly victimSeen: Head['id'] | null;
}

/** Swaps two names (`RENAME_EXCHANGE`). */
export interface Exchange {
  readonly kind: 'exchange';
  readonly parent: InodeId;
  readonly name: Name;
  readonly inode: InodeId;
  readonly otherParent: InodeId;
  readonly otherName: Name;
  readonly otherInode: InodeId;
}

/** Changes only the fields that are not null. */
export interface SetAttributes {
  readonly kind: 'set-attributes';
  readonly inode: InodeId;
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly atime: Time | null;
  readonly mtime: Time | null;
}

/** A new version of a file's content, in place of the versions that its author saw. */
export interface SetContent {
  readonly kind: 'set-content';
  readonly inode: InodeId;
  readonly supersedes: readonly Head['id'][];
  readonly size: number;
  readonly blockSize: number;
  readonly root: Buffer;
  readonly mtime: Time;
  /** Set when writing took setuid, setgid or capabilities away. */
  readonly clearsPrivileges: boolean;
  /** A new number of the author's: the node that shows this version beside the file should another one be younger. */
  readonly beside: InodeId;
}

/** Of an access list, the mode is part of it: see access-list.ts. */
export interface SetXattr {
  readonly kind: 'set-xattr';
  readonly inode: InodeId;
  readonly name: Name;
  readonly value: Buffer;
}

export interface RemoveXattr {
  readonly kind: 'remove-xattr';
  readonly inode: InodeId;
  readonly name: Name;
}

/** What stands beside the name that it wanted becomes an ordinary file under the name that it has. */
export interface Settle {
  readonly kind: 'settle';
  readonly parent: InodeId;
  readonly name: Name;
  readonly inode: InodeId;
}

/** Says what its author knows, in the batch that holds it. */
export interface Acknowledge {
  readonly kind: 'acknowledge';
}

/** Asks all peers to fold what happened up to `threshold`. */
export interface ProposeCheckpoint {
  readonly kind: 'checkpoint';
  /** Milliseconds of the last stamps that are folded. */
  readonly threshold: number;
  /** Of the checkpoint's file. */
  readonly hash: Buffer;
  /** Of the file of the checkpoint that it continues; zeros when it is the first. */
  readonly previous: Buffer;
  /** Every device that its author knows, in ascending order. */
  readonly devices: readonly FoldedDevice[];
}

export interface FoldedDevice {
  readonly device: DeviceId;
  /** Its last batch that holds an operation up to the threshold; 0 for none. */
  readonly folded: number;
  /** Its last batch that the checkpoint's author knew. */
  readonly known: number;
}

/** An entry of the replicated log. */
export interface Operation {
  readonly stamp: Stamp;
  readonly acting: Acting;
  readonly fields: OperationFields;
}
