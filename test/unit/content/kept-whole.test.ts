import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ContentUnavailable, Reader } from '../../../src/content/content-store.ts';
import { backingPath } from '../../../src/content/backing/paths.ts';
import type { FileContentStore } from '../../../src/content/store.ts';
import type { FileId, Version } from '../../../src/content/version.ts';
import { blockSize, file, noise, StoreSource, World } from './world.ts';

// A file that the kernel reads by itself takes another version only as a whole.

const number = 8_589_934_599 as FileId;

test.each([
  ['longer', blockSize * 2 + 5, blockSize * 6 + 9],
  ['shorter', blockSize * 6 + 9, blockSize * 2 + 5],
  ['of one block now', blockSize * 3, 100],
  ['of several blocks now', 100, blockSize * 3],
  ['of other pages', blockSize * 258, blockSize * 300],
  ['empty', blockSize * 2, 0],
])('a version that is %s is taken once it was brought aside', async (_, before, after) => {
  await using world = new World();
  const directory = world.directory();
  const store = world.store({ directory });
  const mine = await write(store, noise(before));
  const open = store.open(file, mine);
  expect(open.backing.isWhole()).toBe(true);
  open.backing.keepWhole(true);
  const other = world.store();
  const theirs = await write(other, noise(after, 7));
  store.addSource(new StoreSource('other', other));
  if (after > 0) await expect(store.adopt(file, theirs)).rejects.toThrow(ContentUnavailable);
  await store.bringAside(file, theirs, number);
  expect((await readFile(backingPath(directory, file))).equals(noise(before))).toBe(true);
  await store.adopt(file, theirs);
  expect((await readFile(backingPath(directory, file))).equals(noise(after, 7))).toBe(true);
  expect(open.backing.isWhole()).toBe(true);
  open.close();
  expect(await store.checkFile(file, theirs)).toEqual([]);
  await store.close();
  expect(filesIn(join(directory, 'aside'))).toEqual([]);
});

test('what is written meanwhile stays on top of the version that comes', async () => {
  await using world = new World();
  const store = world.store();
  const mine = await write(store, noise(blockSize * 4));
  const open = store.open(file, mine);
  open.backing.keepWhole(true);
  const other = world.store();
  const theirs = await write(other, noise(blockSize * 4, 7));
  store.addSource(new StoreSource('other', other));
  await store.bringAside(file, theirs, number);
  await open.write(blockSize + 10, Buffer.from('on top'));
  await store.adopt(file, theirs);
  const expected = noise(blockSize * 4, 7);
  expected.write('on top', blockSize + 10);
  expect((await bytesOf(open, expected.length)).equals(expected)).toBe(true);
  open.close();
});

test('only what differs is asked for', async () => {
  await using world = new World();
  const store = world.store();
  const bytes = noise(blockSize * 20);
  const mine = await write(store, bytes);
  const other = world.store();
  await write(other, bytes);
  bytes[blockSize * 7] = bytes[blockSize * 7]! ^ 1;
  const theirs = await write(other, bytes);
  const source = new StoreSource('other', other);
  store.addSource(source);
  const open = store.open(file, mine);
  open.backing.keepWhole(true);
  await store.bringAside(file, theirs, number);
  expect(source.blocksSent).toBe(1);
  expect(await store.adopt(file, theirs)).toEqual([{ position: blockSize * 7, length: blockSize }]);
  open.close();
});

test('bytes are copied from file to file with the hashes that blocks have', async () => {
  await using world = new World();
  const store = world.store();
  const bytes = noise(blockSize * 6 + 100);
  const source = store.open(file, await write(store, bytes));
  const target = store.open(number, null);
  expect(await target.copyFrom(source, 0, 0, bytes.length)).toBe(bytes.length);
  expect(await target.copyFrom(source, 5, blockSize + 3, 1_000)).toBe(1_000);
  const expected = Buffer.from(bytes);
  bytes.copy(expected, blockSize + 3, 5, 1_005);
  expect((await bytesOf(target, expected.length)).equals(expected)).toBe(true);
  const version = (await target.publish())!;
  target.published(version);
  source.close();
  target.close();
  expect(await store.checkFile(number, version)).toEqual([]);
});

async function write(store: FileContentStore, bytes: Buffer): Promise<Version> {
  const open = store.open(file, store.storedVersion(file) ?? null);
  await open.truncate(bytes.length);
  if (bytes.length > 0) await open.write(0, bytes);
  const version = (await open.publish()) ?? { size: 0, blockSize, root: Buffer.alloc(32) };
  open.published(version);
  open.close();
  return version;
}

async function bytesOf(
  open: ReturnType<FileContentStore['open']>,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  expect(await open.read(0, bytes, new Reader())).toBe(length);
  return bytes;
}

function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
