import { realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MountError } from './mount-error.ts';
import { fileSystemName } from './mount-options.ts';
import { readMountTable, type MountEntry } from './mount-table.ts';
import type { Mounter } from './mounter.ts';

/**
 * Makes sure that there is a directory to mount on, and returns its absolute path without symbolic links. A mount that an earlier
 * process left behind when it died is taken away first. The directory need not be empty: what is in it is covered.
 */
export async function prepareMountpoint(path: string, mounter: Mounter): Promise<string> {
  const mountpoint = await locate(path);
  if ((await probe(mountpoint)) === 'stale') await mounter.unmount(mountpoint, true);
  if ((await probe(mountpoint)) === 'stale') {
    throw new MountError(
      'busy',
      `${path} is the rest of a mount whose process died: unmount it with "umount -l ${path}".`,
    );
  }
  const entry = await mountAt(mountpoint);
  if (entry?.type === `fuse.${fileSystemName}`) {
    throw new MountError('already-mounted', `A Peerfuse is already mounted on ${path}.`);
  }
  return mountpoint;
}

/** What covers a directory last, when something is mounted exactly there. */
export async function mountAt(mountpoint: string): Promise<MountEntry | undefined> {
  const bytes = Buffer.from(mountpoint, 'utf8').toString('latin1');
  return (await readMountTable()).findLast((entry) => entry.mountpoint === bytes);
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

async function probe(mountpoint: string): Promise<'directory' | 'stale'> {
  try {
    // The kernel may answer stat(2) from what it remembers of a mount whose process is dead; this one it always asks.
    await statfs(mountpoint);
    if ((await stat(mountpoint)).isDirectory()) return 'directory';
  } catch (error) {
    if (isStale(error)) return 'stale';
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
