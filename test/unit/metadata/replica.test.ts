import { expect, test } from 'vitest';
import { rootInode } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import type { TreeChange } from '../../../src/metadata/tree-change.ts';
import {
  deliver,
  exchange,
  make,
  makeDirectory,
  must,
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

test('a symbolic link has its target and a file its attributes, as they were given', async () => {
  await using world = new World();
  const home = world.open(testDevice(1));
  const long = make(home, 'long', rootInode, { type: 'symlink', target: 'x'.repeat(4000) });
  const short = make(home, 'short', rootInode, { type: 'symlink', target: 'y' });
  expect(home.replica.node(long)?.target).toBe('x'.repeat(4000));
  home.replica.parts.tree.forgetAll();
  expect(home.replica.node(short)?.target).toBe('y');
  const [empty, full] = [nameFromText('user.empty'), nameFromText('user.full')];
  must(home, { kind: 'set-xattr', inode: short, name: full, value: Buffer.from('value') });
  must(home, { kind: 'set-xattr', inode: short, name: empty, value: Buffer.alloc(0) });
  expect(home.replica.xattrNames(short)).toEqual([empty, full]);
  expect(home.replica.xattr(short, empty)).toEqual(Buffer.alloc(0));
  expect(home.replica.xattr(short, full)).toEqual(Buffer.from('value'));
  must(home, { kind: 'remove-xattr', inode: short, name: full });
  expect(home.replica.xattr(short, full)).toBeUndefined();
});

test('what changed is told after it became visible, with what was before', async () => {
  await using world = new World();
  const home = world.open(testDevice(1));
  const told: TreeChange[] = [];
  home.replica.onChange((changes, origin) => {
    expect(origin).toBe('local');
    told.push(...changes);
  });
  const root = home.replica.node(rootInode);
  const inode = make(home, 'file');
  expect(told).toEqual([
    { kind: 'entry', parent: rootInode, name: file, before: null, after: inode },
    { kind: 'node', before: null, after: home.replica.node(inode) },
    { kind: 'node', before: root, after: home.replica.node(rootInode) },
  ]);
});
