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
  | RemoveXattr;

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
}

export interface Link {
  readonly kind: 'link';
  readonly inode: InodeId;
  readonly parent: InodeId;
  readonly name: Name;
}

/** Removes the name if it still leads to the node that its author saw. */
export interface Unlink {
  readonly kind: 'unlink';
  readonly parent: InodeId;
  readonly name: Name;
  readonly inode: InodeId;
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
}

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

/** An entry of the replicated log. */
export interface Operation {
  readonly stamp: Stamp;
  readonly acting: Acting;
  readonly fields: OperationFields;
}
