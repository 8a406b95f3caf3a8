import { readdirSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Reader } from '../../../src/content/content-store.ts';
import { blockSize, file, noise, referenceRoot, StoreSource, World } from './world.ts';

test('what is published while somebody goes on writing is consistent, and the rest comes with the next version', async () => {
  await using world = new World();
  const store = world.store();
  const open = store.open(file, null);
  const bytes = noise(blockSize * 100);
  await open.write(0, bytes);
  const progress = { finished: false };
  const publishing = Promise.resolve(open.publish()).then((version) => {
    progress.finished = true;
    return version!;
  });
  for (let at = 0; !progress.finished; at += 1) {
    const data = noise(blockSize, at + 1);
    const position = (at % 50) * blockSize;
    data.copy(bytes, position);
    await open.write(position, data);
    await turn();
  }
  const version = await publishing;
  open.published(version);
  expect(await store.checkFile(file, version)).toEqual([]);
  const last = await open.publish();
  expect((last ?? version).root.equals(referenceRoot(bytes))).toBe(true);
  expect(await store.checkFile(file, last ?? version)).toEqual([]);
});

test('nothing changed means nothing to publish, and the same bytes make the same version', async () => {
  await using world = new World();
  const open = world.store().open(file, null);
  await open.write(0, noise(100));
  const version = (await open.publish())!;
  open.published(version);
  expect(open.dirty).toBe(false);
  expect(await open.publish()).toBeUndefined();
  await open.write(0, noise(100));
  expect(await open.publish()).toBeUndefined();
});

test('a version that the tree did not take is given again', async () => {
  await using world = new World();
  const open = world.store().open(file, null);
  await open.write(0, noise(100));
  const refused = (await open.publish())!;
  expect(open.dirty).toBe(true);
  expect((await open.publish())!.root.equals(refused.root)).toBe(true);
});

test('a check finds a block that was damaged behind the store', async () => {
  await using world = new World();
  const store = world.store();
  const open = store.open(file, null);
  await open.write(0, noise(blockSize * 3));
  const version = (await open.publish())!;
  open.published(version);
  writeSync(open.residentDescriptor()!, Buffer.from('damage'), 0, 6, blockSize + 3);
  expect(await store.checkFile(file, version)).toEqual([
    { kind: 'wrong-block', level: -1, index: 1 },
  ]);
});

test('data and holes are found as lseek finds them', async () => {
  await using world = new World();
  const open = world.store().open(file, null);
  await open.truncate(blockSize * 1000);
  await open.write(blockSize * 600 + 5, noise(10));
  for (let round = 0; round < 2; round += 1) {
    expect(open.seek(0, 'data')).toBe(blockSize * 600);
    expect(open.seek(blockSize * 600 + 7, 'data')).toBe(blockSize * 600 + 7);
    expect(open.seek(blockSize * 600, 'hole')).toBe(blockSize * 601);
    expect(open.seek(0, 'hole')).toBe(0);
    expect(open.seek(blockSize * 601, 'data')).toBeUndefined();
    expect(open.seek(blockSize * 1000, 'hole')).toBeUndefined();
    open.published((await open.publish()) ?? { size: 0, blockSize, root: Buffer.alloc(32) });
  }
});

test('a hole of a terabyte is passed without its pages being made', async () => {
  await using world = new World();
  const open = world.store().open(file, null);
  const blocks = (1024 ** 4 / blockSize) * 3 + 7;
  await open.truncate(blocks * blockSize);
  const far = (1024 ** 4 / blockSize) * 2 + 300;
  await open.write(far * blockSize, noise(10));
  open.published((await open.publish())!);
  const startMs = performance.now();
  expect(open.seek(0, 'data')).toBe(far * blockSize);
  expect(open.seek((far + 1) * blockSize, 'data')).toBeUndefined();
  expect(open.seek(far * blockSize, 'hole')).toBe((far + 1) * blockSize);
  expect(performance.now() - startMs).toBeLessThan(5000);
});

test('a removed file leaves nothing behind', async () => {
  await using world = new World();
  const store = world.store();
  const open = store.open(file, null);
  await open.write(0, noise(blockSize * 3));
  const version = (await open.publish())!;
  open.published(version);
  open.close();
  expect(store.residentBytes(file, version)).toBeGreaterThanOrEqual(blockSize * 3);
  store.remove(file);
  expect(store.residentBytes(file, version)).toBe(0);
  expect(store.unpublished()).toEqual([]);
  expect(store.open(file, version).isResident(0, 1)).toBe(false);
});

test('reserving space grows the file only when asked', async () => {
  await using world = new World();
  const open = world.store().open(file, null);
  await open.allocate(0, blockSize * 2, false);
  expect(open.size).toBe(0);
  await open.allocate(0, blockSize * 2, true);
  expect(open.size).toBe(blockSize * 2);
  const version = (await open.publish())!;
  expect(version.root.equals(referenceRoot(Buffer.alloc(blockSize * 2)))).toBe(true);
});

test('a thousand open files need no more descriptors than allowed', async () => {
  await using world = new World();
  const store = world.store({ maximumDescriptors: 10 });
  const before = readdirSync('/proc/self/fd').length;
  const opened = Array.from({ length: 1000 }, (_, at) =>
    store.open((file + at) as typeof file, null),
  );
  for (const open of opened) await open.write(0, noise(10));
  for (const open of opened) open.published((await open.publish())!);
  expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(20);
});

test.each([
  ['a shorter', 40],
  ['a longer', 300],
])(
  '%s version that comes before one is published leaves no hash of the former length',
  async (_, n) => {
    await using world = new World();
    const store = world.store();
    const other = world.store();
    const theirs = other.open(file, null);
    await theirs.write(0, noise(n, 5));
    const version = (await theirs.publish())!;
    theirs.published(version);
    store.addSource(new StoreSource('other', other));
    const open = store.open(file, null);
    await open.write(0, noise(100));
    // Made, but the tree does not take it before the other one.
    await open.publish();
    await store.adopt(file, version);
    const made = (await open.publish())!;
    const bytes = Buffer.alloc(made.size);
    await open.read(0, bytes, new Reader());
    expect(made.root.equals(referenceRoot(bytes))).toBe(true);
    open.published(made);
    expect(await store.checkFile(file, made)).toEqual([]);
  },
);
