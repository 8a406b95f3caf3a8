import type { Command } from 'commander';
import { controlOf } from './control.ts';
import { durationOption, userArgument } from './options.ts';
import { formatTime, print, printJson } from './print.ts';
import type { Home } from './program.ts';

const dayMs = 24 * 60 * 60 * 1000;

export function addInvite(program: Command, home: Home): void {
  program
    .command('invite')
    .description('print a token that admits one machine of a user')
    .argument('<user>', 'who is invited; on lan, the computer', userArgument)
    .option('--valid <duration>', 'how long it can be used', durationOption, dayMs)
    .option('--json', 'for programs')
    .action(async (user: string, { valid, json = false }: { valid: number; json?: boolean }) => {
      const invitation = await controlOf(home()).invite(user, valid);
      if (json) return printJson(invitation);
      const until = formatTime(invitation.expiresAtMs);
      print(
        `Give ${user} this token over a private channel; it admits one machine, until ${until}:`,
      );
      print(invitation.token);
    });
}
