import { describe, expect, test } from 'vitest';
import { reasonForNoMounts } from '../support/live-network.ts';
import { attempt } from './tool.ts';
import { withMount } from './with-mount.ts';

const reason = reasonForNoMounts();

/**
 * Stressors of file systems that stress-ng can run on ext4 without a failure, and how often each does what it does. Left out: those of
 * single disks' own controls (fiemap, verity), and symlink, which makes and removes thousands of links before it looks at the time.
 */
const operations: Readonly<Record<string, number>> = {
  ...{ access: 20, chattr: 2, chdir: 1, chmod: 3, chown: 20, 'copy-file': 10, dentry: 64, dir: 20 },
  ...{ dirdeep: 20, dirmany: 60, dnotify: 2, dup: 10, fallocate: 1, fcntl: 60, 'file-ioctl': 30 },
  ...{ filename: 2, flock: 2000, fpunch: 40, fsize: 1, fstat: 200, getdent: 300, handle: 500 },
  ...{
    hdd: 30,
    'inode-flags': 10,
    inotify: 1,
    io: 20,
    iomix: 100,
    lease: 10,
    link: 1,
    locka: 2000,
  },
  ...{ lockf: 500, lockofd: 2000, mknod: 20, open: 60, rename: 2, 'sync-file': 2, touch: 20 },
  ...{ utime: 30, xattr: 1, aio: 100, aiol: 10, readahead: 100, revio: 300, seek: 60 },
  ...{ sendfile: 100, splice: 500, msync: 10, msyncmany: 1 },
};

/** Enough for all of these; what takes longer is ended, which is no failure. */
const longestSeconds = 3;

describe.skipIf(reason)(`stressors of stress-ng${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const mount = withMount();

  for (const [name, count] of Object.entries(operations)) {
    test(`${name} finds nothing wrong`, async () => {
      const folder = mount().folder(name);
      const amount = [
        `--${name}`,
        '1',
        `--${name}-ops`,
        String(count),
        '-t',
        String(longestSeconds),
      ];
      const { exitCode, output } = await attempt([
        'stress-ng',
        ...amount,
        '--verify',
        '--temp-path',
        folder,
      ]);
      // Also a stressor that finds that it cannot run ends well; here that is a failure.
      const complaints = output.split('\n').filter((line) => /fail:|error:|skipp/.test(line));
      expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: [] });
      expect(output).toContain('successful run completed');
    });
  }
});
