import { stat } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { peerfuseMountAt, withoutTouching } from './mount-table.ts';
import { probeMount } from './probe-mount.ts';
import { isDeadMount, unmountByHand } from './unmount.ts';

/** The absolute path of a directory that can be mounted on. Takes a mount away there whose daemon died. */
export async function prepareMountpoint(directory: string): Promise<string> {
  const path = orMissing(directory, () => withoutTouching(directory));
  if (peerfuseMountAt(path) !== undefined) {
    if (!(await isDeadMount(path))) throw mountedAlready(path);
    await unmountByHand(path, true);
  }
  const mountpoint = orMissing(directory, () => realpathSync(path));
  if ((await stat(mountpoint)).isDirectory()) return mountpoint;
  throw new ExpectedFailure('usage', `${directory} is no directory; name one to mount on.`);
}

/** Resolves when the mount is there and answers. */
export async function requireAnswer(mountpoint: string): Promise<void> {
  const answers = (await probeMount(mountpoint)) === 'answers';
  if (answers && peerfuseMountAt(mountpoint) !== undefined) return;
  throw new ExpectedFailure(
    'machine',
    `The daemon runs, but ${mountpoint} does not answer; see its log, and end it with "peerfuse stop".`,
  );
}

function orMissing(directory: string, call: () => string): string {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new ExpectedFailure(
      'usage',
      `${directory} does not exist; make it with mkdir, then mount again.`,
    );
  }
}

function mountedAlready(path: string): ExpectedFailure {
  return new ExpectedFailure(
    'exists',
    `Peerfuse is mounted at ${path} already; unmount it with "peerfuse umount ${path}", or name another directory.`,
  );
}
