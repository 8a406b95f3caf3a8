import { existsSync, mkdirSync } from 'node:fs';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { lockHome } from './data-directory-lock.ts';
import { homePaths, type HomePaths } from './data-directory-paths.ts';
import { markClean, markRunning, wasCleanStart } from './data-directory-run-marker.ts';
import { bringUpToDate } from './data-directory-version.ts';
import type { Disk } from './disk.ts';
import { spreadFolders } from './spread-folders.ts';

/** A home that this process alone holds, in the present layout. */
export interface DataDirectory {
  readonly paths: HomePaths;
  /** False when the machine went down under the last daemon: what was not flushed (the database, all of it) must be rebuilt. */
  readonly cleanStart: boolean;
  /** After a start that was not clean: it has been rebuilt. Until then every further start is not clean either. */
  rebuilt(): void;
  /** Something that was written could not be brought to the disk: the next start does not trust what is there if the machine goes down before. */
  distrust(): void;
  /**
   * Gives the home back. `clean` says that the database is closed and whole: its files are flushed (which may take a while) and the
   * next start trusts them. Without it the next start trusts them unless the machine goes down before.
   */
  close(clean: boolean): Promise<void>;
}

/** Rejects with an ExpectedFailure when there is no network in `home`, another process holds it, or a newer program wrote it. */
export async function openDataDirectory(home: string, disk: Disk): Promise<DataDirectory> {
  const paths = homePaths(home);
  requireHome(paths);
  const lock = await lockHome(paths, disk);
  try {
    bringUpToDate(paths, disk);
    for (const directory of [paths.logs, paths.state, paths.content]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
    spreadFolders(paths.content);
    const cleanStart = wasCleanStart(paths);
    if (cleanStart) markRunning(paths, disk);
    let isTrusted = true;
    return {
      paths,
      cleanStart,
      rebuilt: () => markRunning(paths, disk),
      distrust() {
        isTrusted = false;
      },
      async close(clean) {
        try {
          if (clean && isTrusted) markClean(paths, disk);
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Throws an ExpectedFailure of kind `missing` unless `home` belongs to a network. */
export function requireHome(paths: HomePaths): void {
  if (existsSync(paths.deviceCertificate)) return;
  const pending = existsSync(paths.deviceKey);
  const advice = pending
    ? 'has asked for a certificate and not got it yet; bring it with "peerfuse cert import FILE".'
    : 'belongs to no network; begin with "peerfuse network create NAME" or "peerfuse join TOKEN", or name another home with --home.';
  throw new ExpectedFailure('missing', `${paths.home} ${advice}`);
}
