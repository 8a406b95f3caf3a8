import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ExpectedFailure } from '../util/expected-failure.ts';

/** True when the daemon behind a mount is gone. Asks for free space: what the kernel never answers from its cache. */
export async function isDeadMount(mountpoint: string): Promise<boolean> {
  return statfs(mountpoint).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOTCONN' || code === 'ECONNABORTED',
  );
}

/**
 * Takes a mount away without its daemon: as root by umount(8), else by fusermount3, which lets people unmount what is theirs.
 * `lazy` also does it while processes are inside, who then see errors: right only when the daemon is dead.
 */
export async function unmountByHand(mountpoint: string, lazy: boolean): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const [program, ...options] = isRoot
    ? ['umount', ...(lazy ? ['-l'] : [])]
    : ['fusermount3', lazy ? '-uz' : '-u'];
  try {
    await promisify(execFile)(program ?? '', [...options, '--', mountpoint]);
  } catch (error) {
    throw new ExpectedFailure(
      'refused',
      `${mountpoint} could not be unmounted (${reasonOf(error)}); close what uses it and try again.`,
    );
  }
}

function reasonOf(error: unknown): string {
  const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === 'ENOENT') return 'fusermount3 is missing: install the package fuse3';
  const [first = ''] = stderr.trim().split('\n');
  return first === '' ? message : first;
}
