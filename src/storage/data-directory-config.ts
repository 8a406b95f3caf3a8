import { existsSync, readFileSync } from 'node:fs';
import { withList } from '../config/edit.ts';
import type { HomePaths } from './data-directory-paths.ts';
import { writeFileAtomically } from './data-directory-write.ts';
import type { Disk } from './disk.ts';

/** Keeps the addresses that a port of 0 became, so that other peers find this one again after a restart. */
export function rememberListen(paths: HomePaths, listen: readonly string[], disk: Disk): void {
  rememberList(paths, 'listen', listen, disk);
}

/** Keeps peers to connect to. */
export function rememberConnect(paths: HomePaths, connect: readonly string[], disk: Disk): void {
  rememberList(paths, 'connect', connect, disk);
}

function rememberList(
  paths: HomePaths,
  key: 'listen' | 'connect',
  values: readonly string[],
  disk: Disk,
): void {
  const text = existsSync(paths.config) ? readFileSync(paths.config, 'utf8') : '';
  writeFileAtomically(disk, 'config', paths.config, withList(text, key, values));
}
