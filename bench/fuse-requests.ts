// What a request to a do-nothing FUSE server on our own kernel layer costs: the floor under every number of the mount. Prints JSON, for
// client and server on one processor, and wherever the scheduler puts them: waking an idle virtual processor can cost more than the request.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mountByHelper } from '../src/fuse/mount-by-helper.ts';
import { mountByRoot } from '../src/fuse/mount-by-root.ts';
import type { RequestCosts } from './fuse-request-client.ts';

const execute = promisify(execFile);
const mounter = process.geteuid?.() === 0 ? mountByRoot : mountByHelper;

/** `one-processor`: both run on the first one, by taskset(1). */
export type Placement = 'one-processor' | 'as-scheduled';

/** Costs of a mount that another process serves: see fuse-request-client.ts for the arguments. */
export async function measureRequests(
  mountpoint: string,
  file: string,
  prefix: string,
  placement: Placement,
): Promise<RequestCosts> {
  const client = join(import.meta.dirname, 'fuse-request-client.ts');
  const [program, ...parameters] = placed([client, mountpoint, file, prefix], placement);
  const { stdout } = await execute(program, parameters);
  return JSON.parse(stdout) as RequestCosts;
}

export async function measureNullServer(placement: Placement): Promise<RequestCosts> {
  const mountpoint = await mkdtemp(join(tmpdir(), 'peerfuse-null-'));
  const script = join(import.meta.dirname, 'fuse-null-server.ts');
  const [program, ...parameters] = placed([script, mountpoint], placement);
  const server = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  try {
    await Promise.race([once(server.stdout, 'data'), ended]);
    if (server.exitCode !== null) throw new Error('The do-nothing server could not mount.');
    return await measureRequests(mountpoint, 'zeros', 'file-', placement);
  } finally {
    await mounter.unmount(mountpoint, 'lazily');
    await ended;
    await rmdir(mountpoint);
  }
}

function placed(parameters: readonly string[], placement: Placement): [string, ...string[]] {
  const command: [string, ...string[]] = [process.execPath, ...parameters];
  return placement === 'one-processor' ? ['taskset', '-c', '0', ...command] : command;
}

if (import.meta.main) {
  const table = {
    oneProcessor: await measureNullServer('one-processor'),
    asScheduled: await measureNullServer('as-scheduled'),
  };
  process.stdout.write(`${JSON.stringify(table, undefined, 2)}\n`);
}
