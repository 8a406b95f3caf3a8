import type { Command } from 'commander';
import { startInBackground } from './background.ts';
import { runForeground } from './foreground.ts';
import { forgetMount, rememberMount } from './mount-registry.ts';
import { prepareMountpoint, requireAnswer } from './mountpoint.ts';
import { connectOption, listenOption, type LocalOwner, ownerOption } from './options.ts';
import type { Home } from './program.ts';
import { repeated } from './repeated.ts';

interface Options {
  readonly foreground?: true;
  readonly allowOther?: true;
  readonly owner?: LocalOwner;
  readonly listen?: string[];
  readonly connect?: string[];
}

export function addMount(program: Command, home: Home): void {
  program
    .command('mount')
    .description('start the daemon and mount the tree; returns when the mountpoint answers')
    .argument('<dir>', 'an existing directory')
    .option('--foreground', 'stay in this terminal')
    .option('--allow-other', 'let other local users in')
    .option('--owner <uid[:gid]>', 'on `net`: who you are on this machine', ownerOption)
    .option('--listen <host:port>', 'in place of the configured; may be repeated', listenOption)
    .option('--connect <host:port>', 'a further peer; may be repeated', connectOption)
    .action((directory: string, options: Options) => mount(directory, options, home()));
}

async function mount(directory: string, options: Options, home: string): Promise<void> {
  const { foreground = false, allowOther = false, listen = [], connect = [] } = options;
  const { owner = null } = options;
  const mountpoint = await prepareMountpoint(directory);
  if (!foreground) {
    const flags = [
      ...(allowOther ? ['--allow-other'] : []),
      ...(owner === null ? [] : ['--owner', `${owner.uid}:${owner.gid}`]),
    ];
    const addresses = [...repeated('--listen', listen), ...repeated('--connect', connect)];
    await startInBackground(home, ['mount', ...flags, ...addresses, mountpoint]);
    return requireAnswer(mountpoint);
  }
  await runForeground(home, async (logger) => {
    const { startDaemon } = await import('../daemon/daemon.ts');
    const daemon = await startDaemon({
      ...{ home, mountpoint, allowOther, owner, listen, connect, foreground, logger },
    });
    rememberMount(mountpoint, home);
    return daemon;
  }).finally(() => forgetMount(mountpoint));
}
