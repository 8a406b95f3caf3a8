import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { homeVersion, versionText } from './data-directory-version.ts';
import { syncDirectory, writeFileDurably } from './data-directory-write.ts';
import type { Disk } from './disk.ts';

/** A file of a new home: its path inside the home, and what is in it. */
export interface NewFile {
  readonly path: string;
  readonly data: string | Uint8Array;
}

/**
 * Makes a home with these files in it, or nothing at all: they are written beside it and moved into place as one, flushed.
 * Throws an ExpectedFailure of kind `exists` when something is there.
 */
export function createHome(home: string, files: readonly NewFile[], disk: Disk): void {
  requireVacant(home);
  const parent = dirname(home);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const staging = `${home}.${process.pid}.new`;
  try {
    fill(staging, files, disk);
    // Onto an empty directory, rename(2) replaces it; onto one that was filled meanwhile, it fails.
    disk.attempt('create-home.rename', () => renameSync(staging, home));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  syncDirectory(disk, 'create-home', parent);
}

/** Throws unless nothing is at `home`, or an empty directory. */
export function requireVacant(home: string): void {
  if (!existsSync(home) || readdirSync(home).length === 0) return;
  throw new ExpectedFailure(
    'exists',
    existsSync(join(home, 'identity'))
      ? `${home} belongs to a network already; name another home with --home.`
      : `${home} is not empty; name another home with --home.`,
  );
}

function fill(staging: string, files: readonly NewFile[], disk: Disk): void {
  const directories = new Set([staging]);
  mkdirSync(staging, { mode: 0o700 });
  for (const { path, data } of [{ path: 'version', data: versionText(homeVersion) }, ...files]) {
    const target = join(staging, path);
    directories.add(dirname(target));
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileDurably(disk, 'create-home', target, data, 0o600);
  }
  for (const directory of directories) syncDirectory(disk, 'create-home', directory);
}
