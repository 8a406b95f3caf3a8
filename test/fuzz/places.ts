import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type User } from '../conformance/posix/users.ts';

const run = promisify(execFile);

/** Where a run is made: a folder of its own, in which everybody may do as he likes. */
export interface FuzzPlace extends AsyncDisposable {
  readonly path: string;
}

/** A folder on ext4 that leaves times of access alone, as Peerfuse does. */
export async function diskPlace(): Promise<FuzzPlace> {
  const path = await mkdtemp(join(tmpdir(), 'peerfuse-fuzz-'));
  await chmod(path, 0o755);
  await run('mount', ['--bind', path, path]);
  await run('mount', ['-o', 'remount,bind,noatime', path]);
  const close = async (): Promise<void> => {
    await run('umount', ['--lazy', path]);
    await run('rm', ['-rf', path]);
  };
  return { path, [Symbol.asyncDispose]: close };
}

/** An empty folder of a place, alone in its parent, which goes with all that is in it. */
export async function folderIn(place: string, { uid, gid }: User): Promise<FuzzPlace> {
  const parent = await mkdtemp(join(place, 'run-'));
  const path = join(parent, 'run');
  await mkdir(path);
  for (const each of [parent, path]) await chown(each, uid, gid);
  await chmod(parent, 0o755);
  await chmod(path, 0o777);
  return { path, [Symbol.asyncDispose]: () => remove(parent) };
}

// Names of any bytes are left behind, which Node's own removal does not take; and directories that nobody may enter.
async function remove(path: string): Promise<void> {
  try {
    await run('rm', ['-rf', path]);
  } catch {
    await run('chmod', ['-R', 'u+rwX', path]);
    await run('rm', ['-rf', path]);
  }
}
