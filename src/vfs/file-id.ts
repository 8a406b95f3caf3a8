import type { FileId } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';

/** The content layer knows a file by its inode number. */
export function fileIdOf(inode: InodeId): FileId {
  return inode as number as FileId;
}

export function inodeOf(file: FileId): InodeId {
  return file as number as InodeId;
}
