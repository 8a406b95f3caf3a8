import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Which home a mountpoint belongs to, so that `umount DIR` needs no --home: a small file per mountpoint in this user's runtime
// directory. A hint: without it, and when it is wrong, the mount can still be taken away by hand.

export function rememberMount(mountpoint: string, home: string): void {
  asHint(() => {
    const directory = registryDirectory();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    requireOwn(directory);
    writeFileSync(fileOf(mountpoint), home, { mode: 0o600 });
  });
}

export function forgetMount(mountpoint: string): void {
  asHint(() => rmSync(fileOf(mountpoint), { force: true }));
}

/** The home of the daemon that mounted there last. */
export function homeOfMount(mountpoint: string): string | undefined {
  return asHint(() => {
    requireOwn(registryDirectory());
    return readFileSync(fileOf(mountpoint), 'utf8');
  });
}

function registryDirectory(): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  return runtime?.startsWith('/') === true
    ? join(runtime, 'peerfuse')
    : join(tmpdir(), `peerfuse-${process.getuid?.()}`);
}

// In /tmp somebody else may have made a directory of this name, to lead us to his home.
function requireOwn(directory: string): void {
  const { uid, mode } = lstatSync(directory);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) throw new Error('not ours');
}

function fileOf(mountpoint: string): string {
  const name = createHash('sha256').update(mountpoint).digest('hex').slice(0, 32);
  return join(registryDirectory(), name);
}

function asHint<Result>(call: () => Result): Result | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
