import type { Command } from 'commander';
import { createControlClient, type ControlClient } from '../control/client.ts';
import type { Status } from '../control/status.ts';
import { homePaths } from '../storage/data-directory-paths.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { forgetMount, homeOfMount } from './mount-registry.ts';
import { peerfuseMountAt, withoutTouching } from './mount-table.ts';
import type { Home } from './program.ts';
import { isDeadMount, unmountByHand } from './unmount.ts';
import { watchEnd } from './wait-for-end.ts';

export function addUmount(program: Command, home: Home): void {
  program
    .command('umount')
    .description('unmount and end the daemon cleanly; also takes away what a dead daemon left')
    .argument('<dir>', 'where it is mounted')
    .action((directory: string) => umount(withoutTouching(directory), home()));
}

async function umount(mountpoint: string, home: string): Promise<void> {
  const daemon = await daemonOf(mountpoint, [home, homeOfMount(mountpoint)]);
  if (daemon !== undefined) {
    const ended = watchEnd(daemon.status.pid);
    await daemon.control.umount();
    return ended();
  }
  if (peerfuseMountAt(mountpoint) === undefined) {
    throw new ExpectedFailure(
      'missing',
      `Peerfuse is not mounted at ${mountpoint}; "peerfuse status" says where it is.`,
    );
  }
  // A daemon that lives notices that its mount is gone, and leaves.
  await unmountByHand(mountpoint, await isDeadMount(mountpoint));
  forgetMount(mountpoint);
}

interface Daemon {
  readonly control: ControlClient;
  readonly status: Status;
}

async function daemonOf(
  mountpoint: string,
  homes: readonly (string | undefined)[],
): Promise<Daemon | undefined> {
  for (const home of new Set(homes)) {
    if (home === undefined) continue;
    const control = createControlClient(homePaths(home).controlSocket);
    const status = await control.status().catch(() => undefined);
    if (status?.mountpoint === mountpoint) return { control, status };
  }
  return undefined;
}
