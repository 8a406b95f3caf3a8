import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeDetails, describeInList } from '../../../src/cli/conflicts-text.ts';
import { treePath } from '../../../src/cli/tree-path.ts';
import { startControlServer } from '../../../src/control/server.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { homePaths } from '../../../src/storage/data-directory-paths.ts';
import { ExpectedFailure } from '../../../src/util/expected-failure.ts';
import { fakeConflict, fakeDaemonControl, fakeStatus } from '../../support/fake-daemon-control.ts';
import { runCommand } from '../../support/run-command.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('a conflict is shown with paths that can be given back', () => {
  expect(describeInList(fakeConflict, '/mnt')).toEqual([
    '/mnt/letter: 2 versions of one file',
    '  /mnt/letter: by bob, 1970-01-01 00:00 UTC, 10 B, has the name',
    '  /mnt/letter (conflict, alice, 1970-01-01): by alice, 1970-01-01 00:00 UTC, 10 B, stands beside',
  ]);
  expect(describeInList(fakeConflict, null)[0]).toBe('/letter: 2 versions of one file');
});

test('in full it also says the owner, the mode, the number and what is here', () => {
  expect(describeDetails(fakeConflict, '/mnt')).toContain(
    '    mode 0644, owner 1000:1000, inode:7',
  );
  expect(describeDetails(fakeConflict, '/mnt')).toContain('    10 B on this disk');
});

test('things that are no files have no size, and nobody need have written them', () => {
  const [holder, other] = fakeConflict.contenders;
  const thing = { ...holder!, kind: 'thing' as const };
  const folder = { ...other!, type: 'directory', kind: 'thing' as const, user: null, device: null };
  const shown = describeInList(
    { ...fakeConflict, kind: 'names', contenders: [thing, folder] },
    null,
  );
  expect(shown[0]).toBe('/letter: 2 things of one name');
  expect(shown[2]).toContain(': 1970-01-01 00:00 UTC, directory, wants the name');
});

test.each([
  ['/mnt/a/b', '/mnt', '/mnt/a/b'],
  ['/mnt/a/../b', '/mnt', '/mnt/b'],
  ['a/b', '/mnt', 'a/b'],
  ['/does/not/exist', '/mnt', '/does/not/exist'],
  ['inode:7', '/mnt', 'inode:7'],
  ['/a', null, '/a'],
])('%s with the mount at %s is asked for as %s', (path, mountpoint, asked) => {
  expect(treePath(path, mountpoint)).toBe(asked);
});

test('a path through a symbolic link to the mount is one in the mount', () => {
  using directory = temporaryDirectory();
  const mountpoint = join(directory.path, 'mount');
  mkdirSync(join(mountpoint, 'sub'), { recursive: true });
  symlinkSync(join(mountpoint, 'sub'), join(directory.path, 'link'));
  expect(treePath(join(directory.path, 'link', 'file'), mountpoint)).toBe(
    join(mountpoint, 'sub', 'file'),
  );
});

test('each command asks the daemon, and says what it said', async () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  const made = await runCommand(home, [
    ...['network', 'create', 'garden', '--user', 'alice', '--listen', '127.0.0.1:0'],
  ]);
  expect(made.exitCode).toBe(0);
  const control = fakeDaemonControl({
    status: () => ({ ...fakeStatus, mountpoint: '/mnt' }),
    conflict: () => Promise.reject(new ExpectedFailure('missing', 'It is in no conflict.')),
  });
  const { controlSocket: socketPath } = homePaths(home);
  const server = await startControlServer({
    ...{ socketPath, control, clock: systemClock, logger: silentLogger },
  });
  try {
    expect(await runCommand(home, ['conflicts'])).toMatchObject({
      ...{ exitCode: 0, stdout: 'There are no conflicts.\n' },
    });
    const taken = await runCommand(home, ['conflicts', 'take', '/mnt/letter']);
    expect(taken.stdout).toMatch(/^\/mnt\/letter is settled: [^\n]+\n$/);
    const kept = await runCommand(home, ['conflicts', 'keep-both', 'letter', '--json']);
    expect(JSON.parse(kept.stdout)).toEqual(fakeConflict);
    expect(control.calls).toEqual(['take /mnt/letter', 'keep-both letter']);
    const none = await runCommand(home, ['conflicts', 'show', '/other']);
    expect(none).toMatchObject({ exitCode: 3, stderr: 'peerfuse: It is in no conflict.\n' });
    expect((await runCommand(home, ['conflicts', 'take'])).exitCode).toBe(2);
  } finally {
    await server.close();
  }
});
