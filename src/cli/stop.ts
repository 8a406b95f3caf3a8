import type { Command } from 'commander';
import { controlOf } from './control.ts';
import type { Home } from './program.ts';
import { watchEnd } from './wait-for-end.ts';

export function addStop(program: Command, home: Home): void {
  program
    .command('stop')
    .description('end the daemon cleanly: everything durable, peers told, nothing mounted')
    .action(async () => {
      const control = controlOf(home());
      const ended = watchEnd(await control.process());
      await control.stop();
      await ended();
    });
}
