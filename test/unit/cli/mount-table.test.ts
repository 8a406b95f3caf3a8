import { symlinkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseMountTable, withoutTouching } from '../../../src/cli/mount-table.ts';
import { judgeReadiness, takeReadiness } from '../../../src/cli/readiness.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('mounts of Peerfuse are found among others, whatever their path holds', () => {
  const table = String.raw`24 1 8:1 / / rw - ext4 /dev/sda1 rw
36 24 0:44 / /mnt/our\040garden\011x rw,nosuid shared:5 - fuse.peerfuse peerfuse rw,user_id=0
37 24 0:45 / /mnt/other rw - fuse.sshfs peerfuse rw
38 24 0:46 / /mnt/peerfuse rw - tmpfs fuse.peerfuse rw
`;
  expect(parseMountTable(table)).toEqual([{ mountpoint: '/mnt/our garden\tx' }]);
});

test('a mountpoint is known by its real path', () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, 'real'));
  symlinkSync('real', join(directory.path, 'link'));
  const real = withoutTouching(join(directory.path, 'real'));
  expect(withoutTouching(join(directory.path, 'link'))).toBe(real);
  expect(withoutTouching(join(directory.path, 'link', '..', 'real', ''))).toBe(real);
});

test('a daemon that says nothing, or something else, has not started', () => {
  expect(() => judgeReadiness('{"ready":true}\n', '/log')).not.toThrow();
  for (const line of ['', 'hello\n', '{"ready":false}\n']) {
    expect(() => judgeReadiness(line, '/log')).toThrow(/^The daemon ended before it was ready/);
  }
  expect(() => judgeReadiness('{"kind":"exists","message":"There."}\n', '/log')).toThrow('There.');
});

test('readiness is told only where somebody waits, and to nobody further down', () => {
  const environment = { PEERFUSE_READY_FD: '3' };
  expect(takeReadiness(environment).isAwaited).toBe(true);
  expect(takeReadiness(environment).isAwaited).toBe(false);
});
