import type { Config } from '../config/schema.ts';
import { rememberListen } from '../storage/data-directory-config.ts';
import type { HomePaths } from '../storage/data-directory-paths.ts';
import type { Disk } from '../storage/disk.ts';
import type { DaemonOptions } from './daemon-options.ts';

/** Where to listen: as asked on the command line, otherwise as configured. */
export function listenAddresses(options: DaemonOptions, config: Config): readonly string[] {
  return options.listen.length > 0 ? options.listen : config.listen;
}

/** A port that was picked is kept from then on, because other peers remember it. */
export function keepChosenPorts(
  paths: HomePaths,
  disk: Disk,
  asked: readonly string[],
  listening: readonly string[],
): void {
  if (asked.some((address) => address.endsWith(':0'))) rememberListen(paths, listening, disk);
}
