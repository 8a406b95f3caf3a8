import { Reader } from '../content/content-store.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { FileHandle } from './file-system.ts';
import { accessModeBits, appendFlag, executeFlag, readWrite, writeOnly } from './flags.ts';
import type { KernelAccess } from './passthrough/way-of-access.ts';
import type { OpenFile } from './open-file.ts';
import { posixErrors } from './posix-error.ts';

/** What an open file is to this file system; carriers see a FileHandle. */
export class OpenHandle implements FileHandle {
  readonly inode: InodeId;
  readonly keepCache: boolean;
  readonly access: KernelAccess;
  readonly file: OpenFile;
  readonly readable: boolean;
  readonly writable: boolean;
  appends: boolean;
  readonly reader = new Reader();

  constructor(file: OpenFile, flags: number, keepCache: boolean, access: KernelAccess) {
    this.inode = file.inode;
    this.keepCache = keepCache;
    this.file = file;
    this.access = access;
    this.readable = allowsReading(flags);
    this.writable = allowsWriting(flags);
    this.appends = (flags & appendFlag) !== 0;
  }
}

export function allowsReading(flags: number): boolean {
  return (flags & accessModeBits) !== writeOnly || (flags & executeFlag) !== 0;
}

export function allowsWriting(flags: number): boolean {
  const way = flags & accessModeBits;
  return way === writeOnly || way === readWrite;
}

/** Only handles that `open` or `create` gave come back. */
export function openHandle(handle: FileHandle): OpenHandle {
  return handle as OpenHandle;
}

export function readableHandle(handle: FileHandle): OpenHandle {
  const open = openHandle(handle);
  if (!open.readable) throw posixErrors.EBADF;
  return open;
}

export function writableHandle(handle: FileHandle): OpenHandle {
  const open = openHandle(handle);
  if (!open.writable) throw posixErrors.EBADF;
  return open;
}
