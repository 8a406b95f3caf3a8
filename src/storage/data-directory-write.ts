import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk, ReplacedFile } from './disk.ts';

/**
 * Replaces a file so that after a crash it holds either the old bytes or the new ones, whole. `site` names the caller:
 * `SITE.write`, `SITE.sync`, `SITE.rename` and `SITE.sync-directory` are its steps.
 */
export function writeFileAtomically(
  disk: Disk,
  site: ReplacedFile,
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeFileDurably(disk, site, temporary, data, mode);
    disk.attempt(`${site}.rename`, () => renameSync(temporary, path));
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncDirectory(disk, site, dirname(path));
}

/** Writes a new file (or empties an old one) and waits until its bytes are on the disk; its name may not be yet. */
export function writeFileDurably(
  disk: Disk,
  site: ReplacedFile,
  path: string,
  data: string | Uint8Array,
  mode: number,
): void {
  const descriptor = openSync(path, 'w', mode);
  try {
    disk.attempt(`${site}.write`, () => writeFileSync(descriptor, data), {
      writes: descriptor,
      bytes: Buffer.from(data),
      position: 0,
    });
    disk.attempt(`${site}.sync`, () => fsyncSync(descriptor), { flushes: descriptor });
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the names in a directory durable. */
export function syncDirectory(disk: Disk, site: ReplacedFile, directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    disk.attempt(`${site}.sync-directory`, () => fsyncSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It never came to be, or the disk is gone: the failure that led here says more.
  }
}
