import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/**
 * What the daemon is asked for when a person names something in the tree: a path under the mountpoint (absolute, through a symbolic link,
 * or from the current folder when that is in the mount), or one from the network's root.
 */
export function treePath(path: string, mountpoint: string | null): string {
  if (mountpoint === null || path.startsWith('inode:')) return path;
  const current = process.cwd();
  if (!isAbsolute(path)) return isUnder(mountpoint, current) ? resolve(current, path) : path;
  if (isUnder(mountpoint, path)) return resolve(path);
  return throughLink(path, mountpoint) ?? path;
}

function throughLink(path: string, mountpoint: string): string | undefined {
  try {
    const real = join(realpathSync(dirname(path)), basename(path));
    return isUnder(mountpoint, real) ? real : undefined;
  } catch {
    // Not a path of this machine: then it is one from the network's root.
    return undefined;
  }
}

function isUnder(mountpoint: string, path: string): boolean {
  return path === mountpoint || path.startsWith(`${mountpoint}/`);
}
