import { readdir } from 'node:fs/promises';
import type { FileId } from '../version.ts';

// Files are spread over 256 folders, those made one after the other together: the disk file system keeps a folder's files close, and
// a burst of new files in many folders costs it several times as much.

/** Consecutive numbers that share a folder. */
const filesTogether = 1024;

export function backingPath(directory: string, file: FileId): string {
  return `${folderOf(directory, file)}/${file.toString(16)}`;
}

export function mapPath(directory: string, file: FileId): string {
  return `${backingPath(directory, file)}.map`;
}

export function folderOf(directory: string, file: FileId): string {
  return `${directory}/${(Math.floor(file / filesTogether) % 256).toString(16).padStart(2, '0')}`;
}

/** Folder by folder. */
export async function* storedFiles(directory: string): AsyncGenerator<FileId[]> {
  for (const folder of await readdir(directory, { withFileTypes: true })) {
    if (!folder.isDirectory() || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
    const names = await readdir(`${directory}/${folder.name}`);
    yield names
      .filter((name) => /^[0-9a-f]{1,13}$/.test(name))
      .map((name) => Number.parseInt(name, 16) as FileId);
  }
}
