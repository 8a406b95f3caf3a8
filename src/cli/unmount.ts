import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { probeMount } from './probe-mount.ts';

/** True when nobody answers behind a mount: its daemon is gone, or as good as gone. */
export async function isDeadMount(mountpoint: string): Promise<boolean> {
  return (await probeMount(mountpoint)) !== 'answers';
}

/** How long the kernel may take to let go of a mount. */
const unmountLimitMs = 15_000;

/**
 * Takes a mount away without its daemon: as root by umount(8), else by fusermount3, which lets people unmount what is theirs.
 * `byForce` also does it while processes are inside, who then see errors: right only when the daemon is dead.
 */
export async function unmountByHand(mountpoint: string, byForce: boolean): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const [program, ...options] = isRoot
    ? ['umount', '--no-canonicalize', ...(byForce ? ['--force', '--lazy'] : [])]
    : ['fusermount3', byForce ? '-uz' : '-u'];
  const limits = { timeout: unmountLimitMs, killSignal: 'SIGKILL' as const };
  try {
    await promisify(execFile)(program ?? '', [...options, '--', mountpoint], limits);
  } catch (error) {
    throw new ExpectedFailure(
      'refused',
      `${mountpoint} could not be unmounted (${reasonOf(error)}); close what uses it and try again.`,
    );
  }
}

function reasonOf(error: unknown): string {
  const { code, stderr = '', message, killed } = error as NodeJS.ErrnoException & Outcome;
  if (killed === true) return 'it does not answer';
  if (code === 'ENOENT') return 'fusermount3 is missing: install the package fuse3';
  const [first = ''] = stderr.trim().split('\n');
  return first === '' ? message : first;
}

interface Outcome {
  readonly stderr?: string;
  readonly killed?: boolean;
}
