import { expect, test } from 'vitest';
import { rootInode } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import {
  deliver,
  exchange,
  make,
  makeDirectory,
  namesIn,
  testDevice,
  World,
} from '../../support/replica-world.ts';

const file = nameFromText('file');

test('what is performed is visible at once', async () => {
  await using world = new World();
  const alice = world.open(testDevice(1));
  const inode = make(alice, 'file');
  expect(alice.replica.entry(rootInode, file)).toMatchObject({ inode, type: 'file', cookie: 3 });
  expect(alice.replica.node(inode)).toMatchObject({ inode, mode: 0o644, links: 1, heads: [] });
  expect(alice.replica.counts()).toEqual({ inodes: 2, entries: 1 });
});

test('what one performs another sees after an exchange', async () => {
  await using world = new World();
  const alice = world.open(testDevice(1));
  const bob = world.open(testDevice(2));
  const directory = makeDirectory(alice, 'music');
  make(alice, 'song', directory);
  await deliver(alice, bob);
  expect(namesIn(bob)).toEqual(['music']);
  expect(namesIn(bob, directory)).toEqual(['song']);
  expect(bob.replica.node(directory)).toEqual(alice.replica.node(directory));
});

test('two files of one name stand beside each other, the older under the name', async () => {
  await using world = new World();
  const alice = world.open(testDevice(1, 'alice'));
  const bob = world.open(testDevice(2, 'bob'));
  const older = make(alice, 'note.txt');
  world.clock.advance(5);
  make(bob, 'note.txt');
  await exchange(alice, bob);
  for (const home of [alice, bob]) {
    expect(namesIn(home)).toEqual(['note (conflict, bob, 2026-01-01).txt', 'note.txt']);
    expect(home.replica.entry(rootInode, nameFromText('note.txt'))?.inode).toBe(older);
  }
});
