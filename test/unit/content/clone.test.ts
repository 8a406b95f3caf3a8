import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Reader } from '../../../src/content/content-store.ts';
import type { FileContentStore } from '../../../src/content/store.ts';
import type { FileId, Version } from '../../../src/content/version.ts';
import { type Disk, type DiskSite, realDisk } from '../../../src/storage/disk.ts';
import { blockSize, file, noise, StoreSource, World } from './world.ts';

// A version that is about to be replaced under its file's number gets its bytes under a number of its own first.

const beside = 8_589_934_599 as FileId;

test.each([
  ['no bytes', 0],
  ['one block', 100],
  ['exactly one block', blockSize],
  ['a few blocks', blockSize * 5 + 17],
  ['two levels of pages', blockSize * 257 + 1],
])('a version of %s is there under both numbers, and stays when the file goes on', async (_, n) => {
  await using world = new World();
  const store = world.store();
  const mine = await write(store, file, noise(n));
  await store.clone(file, mine, beside);
  const other = world.store();
  const theirs = await write(other, file, noise(n + 3, 7));
  store.addSource(new StoreSource('other', other));
  await store.adopt(file, theirs);
  expect((await bytesOf(store, file, theirs)).equals(noise(n + 3, 7))).toBe(true);
  expect((await bytesOf(store, beside, mine)).equals(noise(n))).toBe(true);
  if (n > 0) expect(await store.checkFile(beside, mine)).toEqual([]);
});

test('the clone is there after a restart, and does not need the map of the file it came from', async () => {
  await using world = new World();
  const directory = world.directory();
  const store = world.store({ directory });
  const version = await write(store, file, noise(blockSize * 258));
  await store.clone(file, version, beside);
  store.remove(file);
  await store.close();
  const again = world.store({ directory });
  expect(again.storedVersion(beside)?.root).toEqual(version.root);
  expect((await bytesOf(again, beside, version)).equals(noise(blockSize * 258))).toBe(true);
});

test('what was not resident is fetched under the new number, and what was is not', async () => {
  await using world = new World();
  const author = world.store();
  const bytes = noise(blockSize * 40);
  const version = await write(author, file, bytes);
  const source = new StoreSource('author', author);
  const store = world.store({ readAheadMaximumBytes: 0 });
  store.addSource(source);
  const open = store.open(file, version);
  const target = Buffer.alloc(blockSize * 10);
  await open.read(blockSize * 5, target, new Reader());
  open.close();
  const sent = source.blocksSent;
  await store.clone(file, version, beside);
  await author.clone(file, version, beside);
  const copy = store.open(beside, version);
  expect(copy.isResident(blockSize * 5, blockSize * 10)).toBe(true);
  expect(copy.isResident(0, blockSize)).toBe(false);
  expect((await bytesOf(store, beside, version)).equals(bytes)).toBe(true);
  expect(source.blocksSent).toBe(40 + sent - 10);
});

test('a hole costs neither room nor time', async () => {
  await using world = new World();
  const directory = world.directory();
  const store = world.store({ directory });
  const open = store.open(file, null);
  await open.truncate(2 ** 40);
  await open.write(2 ** 39 + 5, noise(10));
  const version = (await open.publish())!;
  open.published(version);
  await store.clone(file, version, beside);
  const copy = store.open(beside, version);
  expect(copy.size).toBe(2 ** 40);
  const target = Buffer.alloc(10);
  expect(copy.isResident(2 ** 39, blockSize)).toBe(true);
  await copy.read(2 ** 39 + 5, target, new Reader());
  expect(target).toEqual(noise(10));
  const path = `${directory}/00/${beside.toString(16)}`;
  expect(statSync(path).blocks * 512).toBeLessThanOrEqual(2 * blockSize);
});

test('what was changed and has no version yet is left out', async () => {
  await using world = new World();
  const store = world.store();
  const version = await write(store, file, noise(blockSize * 4));
  const open = store.open(file, version);
  await open.write(blockSize, Buffer.from('changed'));
  await store.clone(file, version, beside);
  const copy = store.open(beside, version);
  expect(copy.isResident(blockSize, blockSize)).toBe(false);
  expect(copy.isResident(0, blockSize)).toBe(true);
  expect(copy.isResident(2 * blockSize, 2 * blockSize)).toBe(true);
});

test('nothing happens when the file has another version, or nothing at all', async () => {
  await using world = new World();
  const store = world.store();
  const version = await write(store, file, noise(100));
  const other = { ...version, root: Buffer.alloc(32, 1) };
  await store.clone(file, other, beside);
  await store.clone(7 as FileId, version, beside);
  expect(store.storedVersion(beside)).toBeUndefined();
  expect(store.storedVersion(file)?.root).toEqual(version.root);
});

test('bytes come back to a file that shows the version again, beside what it has already', async () => {
  await using world = new World();
  const store = world.store();
  const mine = await write(store, file, noise(blockSize * 6));
  await store.clone(file, mine, beside);
  const theirs: Version = { size: blockSize * 9, blockSize, root: Buffer.alloc(32, 3) };
  await store.adopt(file, theirs);
  await store.adopt(file, mine);
  await store.clone(beside, mine, file);
  expect((await bytesOf(store, file, mine)).equals(noise(blockSize * 6))).toBe(true);
});

test('two clones that go both ways at once end', async () => {
  await using world = new World();
  const store = world.store();
  const mine = await write(store, file, noise(blockSize * 6));
  await Promise.all([
    store.clone(file, mine, beside),
    store.clone(beside, mine, file),
    store.clone(file, mine, beside),
  ]);
  expect((await bytesOf(store, beside, mine)).equals(noise(blockSize * 6))).toBe(true);
});

test.each([1, 2, 3, 5, 8])(
  'a process that dies at disk call %i of a clone loses nothing, and the next start finishes it',
  async (dies) => {
    await using world = new World();
    const directory = world.directory();
    const disk = new DyingDisk();
    const store = world.store({ directory, disk });
    const bytes = noise(blockSize * 258);
    const version = await write(store, file, bytes);
    disk.callsLeft = dies;
    await expect(store.clone(file, version, beside)).rejects.toThrow('dead');
    const again = world.store({ directory });
    const wrong = await again.checkFile(beside, version);
    expect(wrong).toEqual([]);
    await again.clone(file, version, beside);
    again.remove(file);
    expect((await bytesOf(again, beside, version)).equals(bytes)).toBe(true);
  },
);

/** After so many calls every further one fails, as if the process had died there. */
class DyingDisk implements Disk {
  callsLeft = Infinity;

  attempt<T>(site: DiskSite, call: () => T): T {
    this.#count();
    return realDisk.attempt(site, call);
  }

  async attemptAsync<T>(site: DiskSite, call: () => Promise<T>): Promise<T> {
    this.#count();
    return realDisk.attemptAsync(site, call);
  }

  #count(): void {
    this.callsLeft -= 1;
    if (this.callsLeft < 0) throw new Error('dead');
  }
}

async function write(store: FileContentStore, id: FileId, bytes: Buffer): Promise<Version> {
  const open = store.open(id, null);
  await open.write(0, bytes);
  const version = (await open.publish()) ?? { size: 0, blockSize, root: Buffer.alloc(32) };
  open.published(version);
  open.close();
  return version;
}

async function bytesOf(store: FileContentStore, id: FileId, version: Version): Promise<Buffer> {
  const open = store.open(id, version);
  try {
    const target = Buffer.alloc(version.size);
    const reader = new Reader();
    let at = 0;
    while (at < version.size) {
      const got = await open.read(at, target.subarray(at), reader);
      if (got === 0) break;
      at += got;
    }
    return target.subarray(0, at);
  } finally {
    open.close();
  }
}
