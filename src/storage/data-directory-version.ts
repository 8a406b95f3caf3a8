import { readFileSync } from 'node:fs';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { HomePaths } from './data-directory-paths.ts';
import { writeFileAtomically } from './data-directory-write.ts';
import type { Disk } from './disk.ts';

/** The layout that this program writes. A change that an older program would misread raises it and adds a migration. */
export const homeVersion = 1;

/** Brings a home from the version that is its key to the next one. May be repeated: a crash leaves the old number standing. */
type Migration = (paths: HomePaths, disk: Disk) => void;

const migrations: Readonly<Record<number, Migration>> = {};

/** Migrates an older home; refuses one that a newer program has written. */
export function bringUpToDate(paths: HomePaths, disk: Disk): void {
  for (let version = readVersion(paths); version < homeVersion; version++) {
    migrations[version]?.(paths, disk);
    writeFileAtomically(disk, 'version', paths.version, versionText(version + 1));
  }
}

export function versionText(version: number): string {
  return `${version}\n`;
}

function readVersion(paths: HomePaths): number {
  const text = readFileSync(paths.version, 'utf8');
  if (!/^[1-9]\d{0,5}\n$/.test(text)) {
    throw new ExpectedFailure(
      'machine',
      `${paths.version} is damaged: it should hold the number ${homeVersion}; restore it or this home from a copy.`,
    );
  }
  const version = Number(text);
  if (version > homeVersion) {
    throw new ExpectedFailure(
      'refused',
      `${paths.home} was written by a newer Peerfuse (layout ${version}, this one knows ${homeVersion}); install that version.`,
    );
  }
  return version;
}
