import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** A mount of Peerfuse that the kernel knows of. */
export interface PeerfuseMount {
  readonly mountpoint: string;
}

/** What is mounted at this absolute path, if that is Peerfuse. Asks the kernel's table, since the mount itself may not answer. */
export function peerfuseMountAt(mountpoint: string): PeerfuseMount | undefined {
  const table = readFileSync('/proc/self/mountinfo', 'latin1');
  return parseMountTable(table).findLast((mount) => mount.mountpoint === mountpoint);
}

/** Those of Peerfuse in the text of a mountinfo file: proc_pid_mountinfo(5). */
export function parseMountTable(text: string): PeerfuseMount[] {
  return text.split('\n').flatMap((line) => {
    const [place = '', kind = ''] = line.split(' - ');
    const isPeerfuse = kind.startsWith('fuse.peerfuse ');
    return isPeerfuse ? [{ mountpoint: unescape(place.split(' ')[4] ?? '') }] : [];
  });
}

/** The absolute path of a directory without symbolic links, found without touching the directory itself, which may be a dead mount. */
export function withoutTouching(directory: string): string {
  const path = resolve(directory);
  if (path === '/') return path;
  const real = join(realpathSync(dirname(path)), basename(path));
  return peerfuseMountAt(real) === undefined && isSymbolicLink(real)
    ? withoutTouching(resolve(dirname(real), readlinkSync(real)))
    : real;
}

function isSymbolicLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

// The kernel writes spaces, tabs, line ends and backslashes as octal numbers, and other bytes as they are.
function unescape(text: string): string {
  const bytes = text.replaceAll(/\\(\d{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
