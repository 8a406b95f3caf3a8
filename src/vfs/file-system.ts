import type { InodeId } from '../metadata/ids.ts';
import type { Name } from '../metadata/name.ts';
import type { NodeType, Time } from '../metadata/node.ts';
import type { FileLocking } from './operations/lock.ts';
import type { KernelAccess } from './passthrough/way-of-access.ts';

/**
 * POSIX semantics by inode number, for whoever carries requests: the kernel's bridge, or a test. Methods throw a PosixError; those
 * that may have to wait (for a peer, for the disk) return a promise only then, so that what is resident is answered without one.
 */
export interface FileSystem {
  /** Also counts one reference to the inode, as the kernel does, until `forget`. */
  lookup(caller: Caller, parent: InodeId, name: Name): Attributes;
  /** As `lookup`; undefined for a name that does not exist, which is asked for so often that what throwing costs is felt. */
  find(caller: Caller, parent: InodeId, name: Name): Attributes | undefined;
  forget(inode: InodeId, references: number): void;
  /** Whether there is a reference left. */
  isReferenced(inode: InodeId): boolean;
  attributes(inode: InodeId): Attributes;
  setAttributes(
    caller: Caller,
    inode: InodeId,
    change: AttributeChange,
  ): Attributes | Promise<Attributes>;
  readlink(inode: InodeId): string;
  access(caller: Caller, inode: InodeId, mask: number): void;

  /** These four count one reference, as `lookup`. */
  makeNode(
    caller: Caller,
    parent: InodeId,
    name: Name,
    type: NodeType,
    mode: number,
    rdev: number,
  ): Attributes;
  makeDirectory(caller: Caller, parent: InodeId, name: Name, mode: number): Attributes;
  symlink(caller: Caller, parent: InodeId, name: Name, target: string): Attributes;
  link(
    caller: Caller,
    inode: InodeId,
    newParent: InodeId,
    newName: Name,
  ): Attributes | Promise<Attributes>;
  unlink(caller: Caller, parent: InodeId, name: Name): void;
  removeDirectory(caller: Caller, parent: InodeId, name: Name): void;
  rename(
    caller: Caller,
    parent: InodeId,
    name: Name,
    newParent: InodeId,
    newName: Name,
    mode: RenameMode,
  ): void;

  open(caller: Caller, inode: InodeId, flags: number): FileHandle | Promise<FileHandle>;
  /** `open` with O_CREAT on a name that the kernel did not find: makes the file if it is still not there. Counts one reference. */
  create(
    caller: Caller,
    parent: InodeId,
    name: Name,
    mode: number,
    flags: number,
  ): CreatedFile | Promise<CreatedFile>;
  /** `open` with O_TMPFILE: a file that has no name until `link` gives it one. Counts one reference. */
  createNameless(
    caller: Caller,
    parent: InodeId,
    mode: number,
    flags: number,
  ): CreatedFile | Promise<CreatedFile>;
  /** Into `target`; the number of bytes, less than asked only at the end of the file. */
  read(
    handle: FileHandle,
    position: number,
    target: Buffer,
    signal: AbortSignal | undefined,
  ): number | Promise<number>;
  /** All of `data` (valid only until this returns). With O_APPEND at the end of the file. Clears set-id bits when `clearPrivileges`. */
  write(
    caller: Caller,
    handle: FileHandle,
    position: number,
    data: Buffer,
    clearPrivileges: boolean,
  ): number | Promise<number>;
  flush(handle: FileHandle): void | Promise<void>;
  fsync(handle: FileHandle, dataOnly: boolean): void | Promise<void>;
  release(handle: FileHandle): void | Promise<void>;
  allocate(
    caller: Caller,
    handle: FileHandle,
    mode: number,
    position: number,
    length: number,
  ): void | Promise<void>;
  /** `whence` is SEEK_DATA or SEEK_HOLE. */
  seek(handle: FileHandle, position: number, whence: number): number | Promise<number>;
  copyRange(
    caller: Caller,
    from: FileHandle,
    fromPosition: number,
    to: FileHandle,
    toPosition: number,
    length: number,
  ): number | Promise<number>;

  /** Of open files. They end with `releaseOwner` and `releaseHandle`, not by themselves. */
  readonly locks: FileLocking;

  openDirectory(caller: Caller, inode: InodeId): DirectoryHandle;
  /**
   * Entries after `cookie` (0 is the start), `.` and `..` included, given to `take` until it says that it has no room (returns
   * false). With `withAttributes` each entry but `.` and `..` counts one reference when taken.
   */
  list(
    handle: DirectoryHandle,
    cookie: number,
    withAttributes: boolean,
    take: (
      name: string,
      inode: InodeId,
      type: NodeType,
      cookie: number,
      attributes: Attributes | null,
    ) => boolean,
  ): void;
  syncDirectory(handle: DirectoryHandle): Promise<void>;
  releaseDirectory(handle: DirectoryHandle): void;

  getXattr(caller: Caller, inode: InodeId, name: Name): Buffer;
  /** As `getXattr`; undefined for an attribute that is not there: the kernel asks for one before the first write to each file. */
  findXattr(caller: Caller, inode: InodeId, name: Name): Buffer | undefined;
  listXattrs(caller: Caller, inode: InodeId): readonly Name[];
  /** `clearSetGroup` of an access list: whoever sets it is not in the group, as the kernel says. */
  setXattr(
    caller: Caller,
    inode: InodeId,
    name: Name,
    value: Buffer,
    flags: number,
    clearSetGroup?: boolean,
  ): void;
  removeXattr(caller: Caller, inode: InodeId, name: Name): void;

  statistics(): FileSystemStatistics;
}

/** The process that asks. One object may be reused for the next request: copy what outlives the call. */
export interface Caller {
  uid: number;
  gid: number;
  pid: number;
  /** Bits to take from the mode of what is created, unless its directory has a default access list. */
  umask: number;
}

/** As in `struct stat`, for the kernel. May be cached by the file system: do not change it. */
export interface Attributes {
  readonly inode: InodeId;
  readonly type: NodeType;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  /** Of 512 bytes, resident here. */
  readonly blocks: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
}

/** Undefined fields stay as they are. */
export interface AttributeChange {
  mode?: number;
  uid?: number;
  gid?: number;
  size?: number;
  atime?: Time | 'now';
  mtime?: Time | 'now';
  /** The handle through which ftruncate(2) came. */
  handle?: FileHandle;
  /** FATTR_KILL_SUIDGID: this change takes set-id bits away. */
  clearPrivileges?: boolean;
}

export type RenameMode = 'replace' | 'no-replace' | 'exchange';

/** An open file. Opaque to the carrier, which keeps it by a number of its own. */
export interface FileHandle {
  readonly inode: InodeId;
  /** Whether the kernel may keep what it has cached of this file since it was last open. */
  readonly keepCache: boolean;
  /** How the kernel is to get at the bytes; absent: by requests, through its cache. */
  readonly access?: KernelAccess;
  /** Whether writes go to the end: O_APPEND, which fcntl(2) sets and takes away without telling; the carrier learns of it with the next write. */
  appends: boolean;
}

export interface CreatedFile {
  readonly attributes: Attributes;
  readonly handle: FileHandle;
}

export interface DirectoryHandle {
  readonly inode: InodeId;
}

/** For statvfs(2). Blocks are of `blockSize` bytes. */
export interface FileSystemStatistics {
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly blocksAvailable: number;
  readonly inodes: number;
  readonly inodesFree: number;
  readonly maximumNameBytes: number;
}

/** What the carrier must tell the kernel because it did not cause it. Called after the change is visible to requests. */
export interface ChangeObserver {
  /** The name leads elsewhere now. `removed` is the inode that went, when the name now leads nowhere. */
  entryChanged(parent: InodeId, name: Name, removed: InodeId | null): void;
  attributesChanged(inode: InodeId): void;
  /** `length` 0 is up to the end. Implies attributesChanged. */
  contentChanged(inode: InodeId, position: number, length: number): void;
  /** Resolves when all that was told has arrived; undefined when it has. */
  told(): Promise<void> | undefined;
}
