import type { Command } from 'commander';
import { startInBackground } from './background.ts';
import { runForeground } from './foreground.ts';
import { connectOption, listenOption } from './options.ts';
import type { Home } from './program.ts';
import { repeated } from './repeated.ts';

interface Options {
  readonly foreground?: true;
  readonly listen?: string[];
  readonly connect?: string[];
}

export function addServe(program: Command, home: Home): void {
  program
    .command('serve')
    .description('start the daemon without a mount: a peer that only stores and serves')
    .option('--foreground', 'stay in this terminal')
    .option('--listen <host:port>', 'in place of the configured; may be repeated', listenOption)
    .option('--connect <host:port>', 'a further peer; may be repeated', connectOption)
    .action((options: Options) => serve(options, home()));
}

function serve(options: Options, home: string): Promise<void> {
  const { foreground = false, listen = [], connect = [] } = options;
  if (!foreground) {
    const addresses = [...repeated('--listen', listen), ...repeated('--connect', connect)];
    return startInBackground(home, ['serve', ...addresses]);
  }
  return runForeground(home, async (logger) => {
    const { startDaemon } = await import('../daemon/daemon.ts');
    return startDaemon({
      ...{
        home,
        mountpoint: null,
        allowOther: false,
        owner: null,
        listen,
        connect,
        foreground,
        logger,
      },
    });
  });
}
