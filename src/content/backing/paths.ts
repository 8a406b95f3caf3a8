import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileId } from '../version.ts';

// Files are spread over 256 folders by the low byte of their number, which counts up.

export function backingPath(directory: string, file: FileId): string {
  return `${folderOf(directory, file)}/${file.toString(16)}`;
}

export function mapPath(directory: string, file: FileId): string {
  return `${backingPath(directory, file)}.map`;
}

export function folderOf(directory: string, file: FileId): string {
  return `${directory}/${(file % 256).toString(16).padStart(2, '0')}`;
}

export function makeFolders(directory: string): void {
  for (let folder = 0; folder < 256; folder += 1) {
    mkdirSync(join(directory, folder.toString(16).padStart(2, '0')), { recursive: true });
  }
}
