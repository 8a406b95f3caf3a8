import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../platform/process-start.ts';
import type { HomePaths } from './data-directory-paths.ts';
import { syncDirectory, writeFileAtomically } from './data-directory-write.ts';
import type { Disk } from './disk.ts';

// The database is not flushed as it goes: what it wrote survives the death of the process, not that of the machine. The marker
// holds the boot id while a daemon runs. A marker of an earlier boot therefore says that the machine went down under it.

/** True when everything that the last daemon wrote in this home can still be there, flushed or not. */
export function wasCleanStart(paths: HomePaths): boolean {
  if (!existsSync(paths.runMarker)) return true;
  return readFileSync(paths.runMarker, 'latin1').trim() === bootId();
}

/** Durable before anything is written to the database. */
export function markRunning(paths: HomePaths, disk: Disk): void {
  writeFileAtomically(disk, 'run-marker', paths.runMarker, `${bootId()}\n`);
}

/** Only after the database is closed. Flushes its files first, since from now on nobody will doubt them. */
export function markClean(paths: HomePaths, disk: Disk): void {
  syncTree(disk, paths.state);
  disk.attempt('run-marker.remove', () => rmSync(paths.runMarker, { force: true }));
  syncDirectory(disk, 'run-marker', paths.home);
}

function syncTree(disk: Disk, directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTree(disk, path);
    else if (entry.isFile()) syncFile(disk, path);
  }
  syncDirectory(disk, 'run-marker', directory);
}

function syncFile(disk: Disk, path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    disk.attempt('run-marker.sync-state', () => fsyncSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
