import { closeSync, constants, openSync } from 'node:fs';
import { native } from '../platform/native.ts';

/**
 * Has the disk's file system place the folders that come into `directory` far from each other. ext4 looks for room for a new file in the
 * part of the disk where its folder is, and passes over every file that was removed there within the last minute or more, one by one,
 * for each new file: where thousands are removed and made, as when a program installs its packages anew, they should not meet. A hint
 * only: other file systems place files otherwise, and nothing depends on it.
 */
export function spreadFolders(directory: string): void {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    native.spreadFolders(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
