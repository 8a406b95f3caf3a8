import type { Command } from 'commander';
import { controlOf } from './control.ts';
import { print } from './print.ts';
import type { Home } from './program.ts';

export function addReload(program: Command, home: Home): void {
  program
    .command('reload')
    .description('have the daemon read config.toml again')
    .action(async () => {
      const { needRestart } = await controlOf(home()).reload();
      if (needRestart.length > 0) print(`Restart the daemon to apply: ${needRestart.join(', ')}.`);
    });
}
