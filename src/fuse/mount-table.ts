import { readFile } from 'node:fs/promises';

/** One line of /proc/self/mountinfo (proc(5)). */
export interface MountEntry {
  /** `major:minor` of the file system, as in `st_dev`. */
  readonly device: string;
  /** Absolute; bytes as latin1. */
  readonly mountpoint: string;
  /** For example `fuse.peerfuse`. */
  readonly type: string;
}

/** What is mounted, oldest first: of two on one mountpoint, the later covers the earlier. Touches no file system but /proc. */
export async function readMountTable(): Promise<MountEntry[]> {
  return parseMountTable(await readFile('/proc/self/mountinfo', 'latin1'));
}

/** What covers a directory last, when something is mounted exactly there. */
export async function mountAt(mountpoint: string): Promise<MountEntry | undefined> {
  const bytes = Buffer.from(mountpoint, 'utf8').toString('latin1');
  return (await readMountTable()).findLast((entry) => entry.mountpoint === bytes);
}

export function parseMountTable(text: string): MountEntry[] {
  return text
    .split('\n')
    .map((line) => / - (\S+) /.exec(line) && line.split(' '))
    .filter((fields) => fields !== null)
    .map((fields) => ({
      device: fields[2] ?? '',
      mountpoint: unescape(fields[4] ?? ''),
      type: fields[fields.indexOf('-') + 1] ?? '',
    }));
}

/** Blanks, tabs, newlines and backslashes are written as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
