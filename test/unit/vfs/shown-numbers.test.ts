import { expect, test } from 'vitest';
import { swappedNumbers } from '../../../src/vfs/shown-numbers.ts';
import { caller, exchange, named, outcome, Peers, root, writeFile } from './peers.ts';

// Devices 1 and 2 belong to the network's users 1001 and 1002.

const shown = swappedNumbers({ uid: 10_001, gid: 10_001 }, { uid: 1000, gid: 100 });

test('the network’s user is the local one, whose number in the network is shown as his', () => {
  expect([10_001, 1000, 100, 7].map((number) => shown.user(number))).toEqual([
    1000, 10_001, 100, 7,
  ]);
  expect([10_001, 100, 1000, 7].map((number) => shown.group(number))).toEqual([
    100, 10_001, 1000, 7,
  ]);
});

test('whoever has the local number in the network is not taken for the local user', async () => {
  await using peers = new Peers();
  const alice = peers.open({ device: 1, flavour: 'net', local: { uid: 1002, gid: 1002 } });
  const bob = peers.open({ device: 2, flavour: 'net' });
  await writeFile(alice, 'hers', 'text');
  await writeFile(bob, 'his', 'text');
  await exchange(alice, bob);
  const owner = (name: string) => {
    const { uid, gid } = alice.fs.lookup(caller, root, named(name));
    return [uid, gid];
  };
  expect(owner('hers')).toEqual([1002, 1002]);
  expect(owner('his')).toEqual([1001, 1001]);
});

test('what was read as an owner may be written back, and nothing else', async () => {
  await using peers = new Peers();
  const alice = peers.open({ flavour: 'net', local: { uid: 500, gid: 501 } });
  const { fs, home } = alice;
  const inode = await writeFile(alice, 'file', 'text');
  const process = { ...caller, uid: 7, gid: 7 };
  const give = (change: object) => outcome(() => fs.setAttributes(process, inode, change));
  expect(await give({ uid: 500, gid: 501 })).toBe('done');
  expect(await give({ uid: 7, gid: 7 })).toBe('done');
  expect(await give({ uid: 1001 })).toBe('EPERM');
  expect(await give({ gid: 500 })).toBe('EPERM');
  expect(home.replica.node(inode)).toMatchObject({ uid: 1001, gid: 1001 });
});
