import { realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MountError } from './mount-error.ts';
import { fileSystemName } from './mount-options.ts';
import { mountAt } from './mount-table.ts';
import type { Mounter } from './mounter.ts';

/** A mount that lives answers within this time, however busy its process is. */
const answerLimitMs = 10_000;

/**
 * Makes sure that there is a directory to mount on, and returns its absolute path without symbolic links. A mount that an earlier
 * process left behind when it died, or that does not answer, is taken away first. The directory need not be empty: what is in it is covered.
 */
export async function prepareMountpoint(path: string, mounter: Mounter): Promise<string> {
  const mountpoint = await locate(path);
  if (!(await isUsable(mountpoint))) await mounter.unmount(mountpoint, 'by-force');
  if (!(await isUsable(mountpoint))) {
    throw new MountError(
      'busy',
      `${path} is the rest of a mount whose process died: as root, unmount it with "umount -f -l ${path}".`,
    );
  }
  const entry = await mountAt(mountpoint);
  if (entry?.type === `fuse.${fileSystemName}`) {
    throw new MountError('already-mounted', `A Peerfuse is already mounted on ${path}.`);
  }
  return mountpoint;
}

/** Resolves links without touching what may be a stale mount, unless the path itself is a link. */
async function locate(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (!isStale(error)) throw pathError(path, error);
    return join(await realpath(dirname(absolute)), basename(absolute));
  }
}

/** False for a mount whose process is dead, or as good as dead. */
function isUsable(mountpoint: string): Promise<boolean> {
  const late = setTimeout(answerLimitMs, false, { ref: false });
  return Promise.race([probe(mountpoint), late]);
}

async function probe(mountpoint: string): Promise<boolean> {
  try {
    // The kernel may answer stat(2) from what it remembers of a mount whose process is dead; this one it always asks.
    await statfs(mountpoint);
    if ((await stat(mountpoint)).isDirectory()) return true;
  } catch (error) {
    if (isStale(error)) return false;
    throw pathError(mountpoint, error);
  }
  throw new MountError('not-a-directory', `${mountpoint} is not a directory.`);
}

/** The process that served a mount is gone. ECONNABORTED: the mount was aborted. */
function isStale(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTCONN' || code === 'ECONNABORTED';
}

function pathError(path: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return new MountError('no-such-directory', `${path} does not exist: make the directory first.`);
  }
  if (code === 'ENOTDIR') return new MountError('not-a-directory', `${path} is not a directory.`);
  return new MountError('failed', `${path} cannot be used as a mountpoint: ${code}.`);
}
