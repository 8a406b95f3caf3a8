import { resolve } from 'node:path';
import { Command } from 'commander';
import { defaultHome } from '../storage/data-directory-paths.ts';
import { addCertificateCommands } from './cert.ts';
import { addCheck } from './check.ts';
import { addConflicts } from './conflicts.ts';
import { addInvite } from './invite.ts';
import { addJoin } from './join.ts';
import { addMount } from './mount.ts';
import { addNetworkCreate } from './network-create.ts';
import { addPeers } from './peers.ts';
import { addReload } from './reload.ts';
import { addServe } from './serve.ts';
import { addStatus } from './status.ts';
import { addStop } from './stop.ts';
import { addUmount } from './umount.ts';
import { version } from '../platform/version.ts';

/** Which peer a command is about: an absolute path. Known once the command line has been read. */
export type Home = () => string;

export function createProgram(): Command {
  const program = new Command('peerfuse')
    .description('A filesystem that a group of people mounts, without a server.')
    .version(version())
    .option('--home <dir>', 'which peer: its home (default: $PEERFUSE_HOME, or by XDG)')
    .helpCommand(false)
    // The failure is thrown and said in one place.
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  const home: Home = () => {
    const { home: named } = program.opts<{ home?: string }>();
    return named === undefined ? defaultHome(process.env) : resolve(named);
  };
  addNetworkCreate(program, home);
  addJoin(program, home);
  addMount(program, home);
  addServe(program, home);
  addUmount(program, home);
  addStop(program, home);
  addInvite(program, home);
  addStatus(program, home);
  addPeers(program, home);
  addConflicts(program, home);
  addCheck(program, home);
  addReload(program, home);
  addCertificateCommands(program, home);
  return program;
}
