import { expect, test } from 'vitest';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { rootInode } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import type { Node, Time } from '../../../src/metadata/node.ts';
import {
  deliver,
  exchange,
  make,
  makeDirectory,
  must,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');

function millisOf({ seconds, nanoseconds }: Time): number {
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}

function nodeOf(home: TestHome, inode: Node['inode']): Node {
  const node = home.replica.node(inode);
  if (!node) throw new Error(`there is no node ${inode}`);
  return node;
}

test("a directory's times are those of the last change of its entries, or as set since", async () => {
  await using world = new World();
  const home = world.open(alice);
  const directory = makeDirectory(home, 'directory');
  world.clock.advance(100);
  const file = make(home, 'file', directory);
  expect(millisOf(nodeOf(home, directory).mtime)).toBe(world.clock.nowMs());
  expect(nodeOf(home, directory).ctime).toEqual(nodeOf(home, file).ctime);
  world.clock.advance(100);
  const mtime = { seconds: 5, nanoseconds: 6 };
  const rest = { mode: null, uid: null, gid: null, atime: null };
  must(home, { kind: 'set-attributes', inode: directory, ...rest, mtime });
  expect(nodeOf(home, directory).mtime).toEqual(mtime);
  expect(millisOf(nodeOf(home, directory).ctime)).toBe(world.clock.nowMs());
  world.clock.advance(100);
  const name = nameFromText('file');
  must(home, { kind: 'unlink', parent: directory, name, inode: file, seen: null });
  expect(millisOf(nodeOf(home, directory).mtime)).toBe(world.clock.nowMs());
  expect(millisOf(nodeOf(home, file).ctime)).toBe(world.clock.nowMs());
});

test('a late change of entries does not take a younger time back', async () => {
  await using world = new World();
  const older = world.open(alice);
  const younger = world.open(bob);
  const directory = makeDirectory(older, 'directory');
  await exchange(older, younger);
  make(older, 'early', directory);
  world.clock.advance(100);
  make(younger, 'late', directory);
  const { mtime } = nodeOf(younger, directory);
  await deliver(older, younger);
  expect(nodeOf(younger, directory).mtime).toEqual(mtime);
  expect(younger.replica.statistics.undone).toBe(0);
});

test('links count names, and for a directory its subdirectories', async () => {
  await using world = new World();
  const home = world.open(alice);
  const directory = makeDirectory(home, 'directory');
  makeDirectory(home, 'one', directory);
  makeDirectory(home, 'two', directory);
  const file = make(home, 'file', directory);
  must(home, { kind: 'link', inode: file, parent: rootInode, name: nameFromText('again') });
  expect(nodeOf(home, directory).links).toBe(4);
  expect(nodeOf(home, file).links).toBe(2);
  expect(nodeOf(home, rootInode).links).toBe(3);
  for (const parent of [rootInode, directory]) {
    const name = nameFromText(parent === rootInode ? 'again' : 'file');
    must(home, { kind: 'unlink', parent, name, inode: file, seen: null });
  }
  expect(nodeOf(home, file).links).toBe(0);
});

test('a listing of 100,000 entries goes on where it was while entries come and go', async () => {
  await using world = new World();
  const home = world.open(alice);
  const directory = makeDirectory(home, 'directory');
  const count = 100_000;
  const inodes = Array.from({ length: count }, (_, index) => make(home, `${index}`, directory));
  const seen = new Map<string, number>();
  let cookie = 2;
  for (let round = 0; ; round += 1) {
    const page = take(home.replica.entriesAfter(directory, cookie), 1000);
    for (const entry of page) {
      expect(entry.cookie).toBeGreaterThan(cookie);
      cookie = entry.cookie;
      seen.set(entry.name, (seen.get(entry.name) ?? 0) + 1);
    }
    if (page.length < 1000) break;
    // One that was listed and one that is to be listed go, and one comes.
    const goes = [round * 1000, count - 1 - round];
    for (const index of round < 50 ? goes : []) {
      const inode = inodes[index] ?? rootInode;
      must(home, {
        kind: 'unlink',
        parent: directory,
        name: nameFromText(`${index}`),
        inode,
        seen: null,
      });
    }
    if (round < 50) make(home, `new ${round}`, directory);
  }
  for (let index = 1; index < count - 60; index += 1) {
    if (seen.get(`${index}`) !== 1) expect(`${index}: ${seen.get(`${index}`)}`).toBe(`${index}: 1`);
  }
  expect(seen.has(`${count - 1}`)).toBe(false);
  expect(seen.get('new 0')).toBe(1);
  expect(home.replica.counts()).toEqual({ inodes: count - 48, entries: count - 49 });
  expect(checkTree(home.replica)).toEqual([]);
});

test('a name keeps its cookie over a merge that undoes and does again what made it', async () => {
  await using world = new World();
  const older = world.open(alice);
  const younger = world.open(bob);
  const shared = makeDirectory(older, 'shared');
  await exchange(older, younger);
  world.clock.advance(10);
  const attributes = { uid: null, gid: null, atime: null, mtime: null };
  must(older, { kind: 'set-attributes', inode: shared, mode: 0o700, ...attributes });
  world.clock.advance(10);
  const name = nameFromText('other');
  make(younger, 'other', shared);
  const before = younger.replica.entry(shared, name);
  await deliver(older, younger);
  expect(younger.replica.statistics.undone).toBe(1);
  expect(younger.replica.entry(shared, name)).toEqual(before);
});

function take<T>(values: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const value of values) {
    taken.push(value);
    if (taken.length === count) break;
  }
  return taken;
}
