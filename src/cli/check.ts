import type { Command } from 'commander';
import { controlOf } from './control.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';
import type { Home } from './program.ts';

export function addCheck(program: Command, home: Home): void {
  program
    .command('check')
    .description('look for inconsistencies in the tree and the store')
    .option('--json', 'for programs')
    .action(async ({ json = false }: { json?: boolean }) => {
      const result = await controlOf(home()).check();
      if (result.problems.length > 0) process.exitCode = exitCodes.unexpected;
      if (json) return printJson(result);
      for (const problem of result.problems) print(problem);
      const found =
        result.problems.length === 0 ? 'no problem' : `${result.problems.length} problems`;
      print(`Checked ${result.inodes} inodes and ${result.entries} entries: ${found}.`);
    });
}
