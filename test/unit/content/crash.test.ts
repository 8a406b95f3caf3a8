import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  ContentUnavailable,
  Reader,
  type OpenContent,
} from '../../../src/content/content-store.ts';
import type { FileContentStore } from '../../../src/content/store.ts';
import type { FileId, Version } from '../../../src/content/version.ts';
import { hash } from '../../../src/crypto/hash.ts';
import type { Disk } from '../../../src/storage/disk.ts';
import { blockSize, file, noise, referenceRoot, StoreSource, World } from './world.ts';

/** Dies at its n-th call: from then on nothing reaches the disk, as after kill -9 between two system calls. */
class MortalDisk implements Disk {
  calls = 0;
  readonly #lifetime: number;

  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  attempt<T>(site: string, call: () => T): T {
    this.#live(site);
    return call();
  }

  attemptAsync<T>(site: string, call: () => Promise<T>): Promise<T> {
    this.#live(site);
    return call();
  }

  #live(site: string): void {
    this.calls += 1;
    if (this.calls > this.#lifetime) throw new Error(`killed at ${site}`);
  }
}

type Model = { bytes: Buffer };

/** Changes of all kinds, over one page and over several, with the bytes that each leaves. */
const script: readonly ((open: OpenContent, model: Model) => Promise<void>)[] = [
  (open, model) => writeBoth(open, model, 0, noise(blockSize * 3 + 100, 2)),
  publishBoth,
  (open, model) => writeBoth(open, model, blockSize + 10, noise(500, 3)),
  (open, model) => truncateBoth(open, model, blockSize + 7),
  (open, model) => truncateBoth(open, model, blockSize * 260),
  publishBoth,
  (open, model) => writeBoth(open, model, blockSize * 258, noise(blockSize * 2, 4)),
  (open, model) => truncateBoth(open, model, blockSize - 5),
  publishBoth,
  (open, model) => writeBoth(open, model, 3, noise(10, 5)),
];

async function writeBoth(open: OpenContent, model: Model, at: number, data: Buffer): Promise<void> {
  await open.write(at, data);
  const bytes = Buffer.alloc(Math.max(model.bytes.length, at + data.length));
  model.bytes.copy(bytes);
  data.copy(bytes, at);
  model.bytes = bytes;
}

async function truncateBoth(open: OpenContent, model: Model, size: number): Promise<void> {
  await open.truncate(size);
  const bytes = Buffer.alloc(size);
  model.bytes.copy(bytes, 0, 0, size);
  model.bytes = bytes;
}

async function publishBoth(open: OpenContent): Promise<void> {
  const version = await open.publish();
  if (version) {
    inTree = version;
    open.published(version);
  }
}

/** What the operation log would hold. */
let inTree: Version | null = null;

test('a process that is killed at any disk call finds the bytes of every finished write again', async () => {
  await using world = new World();
  for (let lifetime = 1; lifetime < 200; lifetime += 1) {
    const directory = world.directory();
    const disk = new MortalDisk(lifetime);
    inTree = null;
    const model: Model = { bytes: Buffer.alloc(0) };
    let finished = false;
    let steps = 0;
    try {
      const open = world.store({ directory, disk }).open(file, null);
      for (const change of script) {
        finished = false;
        await change(open, model);
        finished = true;
        steps += 1;
      }
    } catch (error) {
      expect(String(error)).toContain('killed');
    }
    await expectRecovered(world.store({ directory }), model, finished, lifetime);
    if (steps === script.length) return expect(lifetime).toBeGreaterThan(30);
  }
  expect.fail('the script never came to its end');
});

async function expectRecovered(
  store: FileContentStore,
  model: Model,
  finished: boolean,
  lifetime: number,
): Promise<void> {
  const open = store.open(file, inTree);
  const bytes = await contentOf(open);
  const where = `killed at disk call ${lifetime}`;
  // A change that was cut short may be there in part; what was finished before it must be there.
  if (finished) expect(bytes.equals(model.bytes), where).toBe(true);
  else if (bytes.length === model.bytes.length) {
    const differing = bytes.filter((byte, at) => byte !== model.bytes[at]).length;
    expect(differing, where).toBeLessThanOrEqual(blockSize * 4);
  }
  if (open.dirty) expect(store.unpublished(), where).toContain(file);
  const version = await open.publish();
  if (version) open.published(version);
  const root = version?.root ?? inTree?.root;
  if (root) expect(root.equals(referenceRoot(bytes)), where).toBe(true);
  expect((await contentOf(open)).equals(bytes), where).toBe(true);
  open.close();
}

test('a file that was changed and not published is reported after a kill, with its bytes', async () => {
  await using world = new World();
  const directory = world.directory();
  const store = world.store({ directory });
  const open = store.open(file, null);
  await open.write(0, noise(blockSize * 2, 1));
  const first = (await open.publish())!;
  open.published(first);
  await open.write(10, noise(20, 9));

  const reopened = world.store({ directory });
  expect(reopened.unpublished()).toEqual([file]);
  const again = reopened.open(file, first);
  expect(again.dirty).toBe(true);
  const expected = noise(blockSize * 2, 1);
  noise(20, 9).copy(expected, 10);
  expect((await contentOf(again)).equals(expected)).toBe(true);
  expect((await again.publish())!.root.equals(referenceRoot(expected))).toBe(true);
});

test('a version that never reached the log is published again', async () => {
  await using world = new World();
  const directory = world.directory();
  const open = world.store({ directory }).open(file, null);
  await open.write(0, noise(blockSize * 2, 1));
  const first = (await open.publish())!;
  open.published(first);
  await open.write(0, noise(blockSize, 2));
  const lost = (await open.publish())!;
  open.published(lost);

  const again = world.store({ directory, cleanStart: false }).open(file, first);
  expect(again.dirty).toBe(true);
  expect((await again.publish())!.root.equals(lost.root)).toBe(true);
});

test('serving a file after a crash of the machine does not make its lost version forgotten', async () => {
  await using world = new World();
  const directory = world.directory();
  const open = world.store({ directory }).open(file, null);
  const bytes = noise(blockSize * 2, 1);
  await open.write(0, bytes);
  const first = (await open.publish())!;
  open.published(first);
  await open.write(0, noise(blockSize, 2));
  open.published((await open.publish())!);

  const again = world.store({ directory, cleanStart: false });
  const hashes = hash(bytes.subarray(blockSize));
  for (const location of again.offer({ file, blockSize, firstBlock: 1, hashes })) {
    location?.release();
  }
  expect(again.unpublished()).toEqual([file]);
});

test('what was published is reported after a crash of the machine, but not after one of the process', async () => {
  await using world = new World();
  const directory = world.directory();
  const open = world.store({ directory }).open(file, null);
  await open.write(0, noise(100));
  open.published((await open.publish())!);

  expect(world.store({ directory }).unpublished()).toEqual([]);
  expect(world.store({ directory, cleanStart: false }).unpublished()).toEqual([file]);
});

test('a file whose changes are all in the tree has nothing to publish after a kill', async () => {
  await using world = new World();
  const directory = world.directory();
  const open = world.store({ directory }).open(file, null);
  await open.write(0, noise(blockSize * 2, 1));
  const first = (await open.publish())!;
  open.published(first);

  const again = world.store({ directory }).open(file, first);
  expect(again.dirty).toBe(false);
  expect(await again.publish()).toBeUndefined();
});

test('after an orderly stop only what was not published is left to publish', async () => {
  await using world = new World();
  const directory = world.directory();
  const store = world.store({ directory });
  const other = (file + 1) as FileId;
  for (const each of [file, other]) {
    const open = store.open(each, null);
    await open.write(0, noise(100));
    open.published((await open.publish())!);
  }
  await store.open(other, null).write(5, noise(10));
  await store.close();
  expect(world.store({ directory }).unpublished()).toEqual([other]);
});

for (const blocks of [1, 3]) {
  test(`after a crash of the machine a damaged block of a file of ${blocks} is never served`, async () => {
    await using world = new World();
    const directory = world.directory();
    const good = noise(blockSize * blocks, 1);
    const { version } = await savedFile(world, directory, good);
    damage(directory, blockSize * (blocks - 1) + 5);

    const store = world.store({ directory, cleanStart: false, waitForPeersMs: 1000 });
    const open = store.open(file, version);
    const target = Buffer.alloc(blockSize);
    const reading = Promise.resolve(open.read(blockSize * (blocks - 1), target, new Reader()));
    await expect(reading).rejects.toBeInstanceOf(ContentUnavailable);

    const peer = world.store();
    const source = new StoreSource('peer', peer);
    const there = peer.open(file, null);
    await there.write(0, good);
    there.published((await there.publish())!);
    store.addSource(source);
    expect((await contentOf(open)).equals(good)).toBe(true);
    expect(source.blocksSent).toBe(1);
  });
}

test('after a crash of the machine in the middle of changes the bytes on the disk become the change', async () => {
  await using world = new World();
  const directory = world.directory();
  const { store, version } = await savedFile(world, directory, noise(blockSize * 3, 1));
  await store.close();
  const before = world.store({ directory });
  const open = before.open(file, version);
  await open.write(blockSize + 1, noise(50, 7));

  const after = world.store({ directory, cleanStart: false });
  expect(after.unpublished()).toEqual([file]);
  const again = after.open(file, version);
  const next = (await again.publish())!;
  const expected = noise(blockSize * 3, 1);
  noise(50, 7).copy(expected, blockSize + 1);
  expect(next.root.equals(referenceRoot(expected))).toBe(true);
  expect((await contentOf(again)).equals(expected)).toBe(true);
});

async function savedFile(
  world: World,
  directory: string,
  bytes: Buffer,
): Promise<{ store: FileContentStore; version: Version }> {
  const store = world.store({ directory });
  const open = store.open(file, null);
  await open.write(0, bytes);
  const version = (await open.publish())!;
  open.published(version);
  await open.sync();
  open.close();
  await store.close();
  // As if it had been published long ago.
  for (const name of readdirSync(directory)) {
    if (name.startsWith('intents-')) closeSync(openSync(join(directory, name), 'w'));
  }
  return { store, version };
}

function damage(directory: string, position: number): void {
  const path = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith(`/${file.toString(16)}`),
  );
  const descriptor = openSync(join(directory, path!), 'r+');
  writeSync(descriptor, Buffer.from('damage'), 0, 6, position);
  closeSync(descriptor);
}

async function contentOf(open: OpenContent): Promise<Buffer> {
  const bytes = Buffer.alloc(open.size, 0xaa);
  const reader = new Reader();
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    const target = bytes.subarray(at, at + (1 << 20));
    expect(await open.read(at, target, reader)).toBe(target.length);
  }
  return bytes;
}
