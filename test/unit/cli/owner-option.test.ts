import { expect, test } from 'vitest';
import { ownerOption } from '../../../src/cli/options.ts';
import { localOwner } from '../../../src/daemon/local-owner.ts';
import type { DaemonOptions } from '../../../src/daemon/daemon-options.ts';

const options = (owner: DaemonOptions['owner']) => ({ owner }) as DaemonOptions;

test('a user alone is in the group of his number', () => {
  expect(ownerOption('1000')).toEqual({ uid: 1000, gid: 1000 });
  expect(ownerOption('1000:100')).toEqual({ uid: 1000, gid: 100 });
  expect(ownerOption('0:0')).toEqual({ uid: 0, gid: 0 });
});

test.each(['', 'alice', '1000:', ':100', '-1', '4294967295', '1000:4294967295', '1000:100:1'])(
  '%j is nobody',
  (text) => expect(() => ownerOption(text)).toThrow('It must be a number of a user'),
);

test('who the user is on this machine is said on net alone, and is otherwise who runs the daemon', () => {
  const alice = { uid: 1000, gid: 100 };
  const runs = { uid: process.geteuid?.(), gid: process.getegid?.() };
  expect(localOwner(options(alice), 'net')).toEqual(alice);
  expect(localOwner(options(null), 'net')).toEqual(runs);
  expect(() => localOwner(options(alice), 'lan')).toThrow('leave --owner out');
});
