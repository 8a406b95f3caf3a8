import type { Command } from 'commander';
import type { ControlClient } from '../control/client.ts';
import type { ConflictReply } from '../control/conflicts.ts';
import { describeDetails, describeInList, pathUnder } from './conflicts-text.ts';
import { controlOf } from './control.ts';
import { print, printJson } from './print.ts';
import type { Home } from './program.ts';
import { treePath } from './tree-path.ts';

interface Options {
  readonly json?: boolean;
}

type PathCall = (control: ControlClient, path: string) => Promise<ConflictReply>;

export function addConflicts(program: Command, home: Home): void {
  const conflicts = program
    .command('conflicts')
    .description('what several people changed or named at once, and how to settle it');
  conflicts
    .command('list', { isDefault: true })
    .description('all of them')
    .option('--json', 'for programs')
    .action(async ({ json = false }: Options) => list(controlOf(home()), json));
  const addPathCommand = (name: string, description: string, call: PathCall, said: Said): void => {
    conflicts
      .command(`${name} <path>`)
      .description(description)
      .option('--json', 'for programs')
      .action(async (path: string, { json = false }: Options) => {
        const control = controlOf(home());
        const { mountpoint } = await control.status();
        const reply = await call(control, treePath(path, mountpoint));
        if (json) return printJson(reply);
        for (const line of said(reply, mountpoint, path)) print(line);
      });
  };
  addPathCommand('show', 'one of them in full', showCall, showSaid);
  addPathCommand('take', 'keep the version at the path, and drop the others', takeCall, takeSaid);
  addPathCommand('keep-both', 'make files of their own of them', keepCall, keepSaid);
}

type Said = (conflict: ConflictReply, mountpoint: string | null, path: string) => string[];

const showCall: PathCall = (control, path) => control.conflict(path);
const takeCall: PathCall = (control, path) => control.takeInConflict(path);
const keepCall: PathCall = (control, path) => control.keepBothInConflict(path);

const showSaid: Said = (conflict, mountpoint) => describeDetails(conflict, mountpoint);

const takeSaid: Said = (conflict, mountpoint) => [
  `${pathUnder(mountpoint, conflict.path)} is settled: what you took is the only one under the name now.`,
];

const keepSaid: Said = (conflict, mountpoint) => [
  `${pathUnder(mountpoint, conflict.path)} is settled: each is a file of its own now, under the name that it has.`,
];

async function list(control: ControlClient, json: boolean): Promise<void> {
  const found = await control.conflicts();
  if (json) return printJson(found);
  if (found.length === 0) return print('There are no conflicts.');
  const { mountpoint } = await control.status();
  for (const conflict of found)
    for (const line of describeInList(conflict, mountpoint)) print(line);
  print(
    `${found.length === 1 ? 'One conflict' : `${found.length} conflicts`}: edit, rename or remove what stands beside the name, or use "peerfuse conflicts take PATH" to keep one alone or "keep-both PATH" to keep all.`,
  );
}
