import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  ContentUnavailable,
  Reader,
  type OpenContent,
} from '../../../src/content/content-store.ts';
import type { FileContentStore } from '../../../src/content/store.ts';
import type { Version } from '../../../src/content/version.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { blockSize, file, noise, referenceRoot, StoreSource, World } from './world.ts';

test('a reader gets every byte from two sources, and both take part', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 600 + 17);
  const { store, sources, open } = await swarm(world, bytes, 2);
  // Somewhat slow, so that one alone is not always the better choice.
  for (const source of sources) source.before = () => turn();
  expect((await contentOf(open)).equals(bytes)).toBe(true);
  expect(sources.every(({ blocksSent }) => blocksSent > 50)).toBe(true);
  const [transfer] = store.transfers();
  const total = [...transfer!.bytesBySource.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBe(bytes.length);
});

test('reading the first bytes asks for the blocks of the read before any others', async () => {
  await using world = new World();
  const { sources, open } = await swarm(world, noise(blockSize * 600), 1);
  const target = Buffer.alloc(100);
  await open.read(0, target, new Reader());
  expect(target.equals(noise(100))).toBe(true);
  expect(sources[0]!.blocksSent).toBeLessThanOrEqual(33);
});

test('a read far away fetches only what it needs', async () => {
  await using world = new World();
  const { sources, open } = await swarm(world, noise(blockSize * 600), 1);
  await open.read(blockSize * 400 + 5, Buffer.alloc(10), new Reader());
  expect(sources[0]!.blocksSent).toBe(1);
});

test('a source that sends false bytes is dropped for the file and nobody sees them', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 40);
  const { sources, open } = await swarm(world, bytes, 2);
  sources[0]!.corrupt = true;
  expect((await contentOf(open)).equals(bytes)).toBe(true);
  expect(sources[0]!.blocksSent).toBe(0);
  const asked = sources[0]!.requests;
  expect(open.isResident(0, bytes.length)).toBe(true);
  expect(asked).toBeLessThan(8);
});

test('a source that overwrites in place what it has just offered lacks that, and goes on being asked for the rest', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 200);
  const [writers, others] = [await published(world, bytes), await published(world, bytes)];
  const writer = new StoreSource('writer', writers.store);
  const other = new StoreSource('other', others.store);
  const own = writers.store.open(file, writers.version);
  // From the first change on, changes are made at once.
  await own.write(blockSize * 199, Buffer.from('new'));
  const first = Promise.withResolvers<void>();
  writer.offered = ({ firstBlock }) => {
    writer.offered = () => {};
    void own.write(blockSize * firstBlock, Buffer.from('new'));
    first.resolve();
  };
  const store = world.store();
  store.addSource(writer);
  const open = store.open(file, writers.version);
  const reading = contentOf(open);
  await first.promise;
  store.addSource(other);
  expect((await reading).equals(bytes)).toBe(true);
  expect(other.blocksSent).toBeGreaterThanOrEqual(2);
  // More than what it was asked for together with the block that it lacks.
  expect(writer.blocksSent).toBeGreaterThan(32);
  own.close();
});

test('what a source that went away was asked for is asked of another at once', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 40);
  const { store, sources, open } = await swarm(world, bytes, 2);
  sources[0]!.before = untilAborted;
  const reading = contentOf(open);
  while (sources[0]!.requests === 0) await turn();
  store.removeSource(sources[0]!.id);
  expect((await reading).equals(bytes)).toBe(true);
});

test('a late block is asked for again elsewhere', async () => {
  await using world = new World();
  const clock = new ManualClock();
  const bytes = noise(blockSize * 2);
  const { store, sources, open } = await swarm(world, bytes, 1, clock);
  const [slow] = sources;
  // The page comes, the blocks do not.
  slow!.fetchBlocks = (_request, signal) => untilAborted(signal);
  const target = Buffer.alloc(blockSize);
  const reading = Promise.resolve(open.read(0, target, new Reader()));
  await turns(20);
  const quick = new StoreSource('quick', slow!.store);
  store.addSource(quick);
  await turns(20);
  expect(quick.requests).toBe(0);
  await pass(clock, 2_000);
  expect(await reading).toBe(blockSize);
  expect(target.equals(bytes.subarray(0, blockSize))).toBe(true);
});

test('when nobody has the bytes a read fails after the configured time and not before', async () => {
  await using world = new World();
  const clock = new ManualClock();
  const { version } = await published(world, noise(blockSize * 3));
  const open = world.store({ clock, waitForPeersMs: 3_000 }).open(file, version);
  let failure: unknown;
  const reading = Promise.resolve(open.read(0, Buffer.alloc(10), new Reader()));
  const watched = reading.catch((error: unknown) => (failure = error));
  await turns(5);
  await pass(clock, 2_900);
  expect(failure).toBeUndefined();
  await pass(clock, 300);
  await watched;
  expect(failure).toBeInstanceOf(ContentUnavailable);
});

test('a waiting read ends with the reason of its signal', async () => {
  await using world = new World();
  const { version } = await published(world, noise(blockSize * 3));
  const open = world.store().open(file, version);
  const interrupt = new AbortController();
  const reading = Promise.resolve(open.read(0, Buffer.alloc(10), new Reader(), interrupt.signal));
  interrupt.abort(new Error('interrupted'));
  await expect(reading).rejects.toThrow('interrupted');
});

test('a partly fetched file is already a source for others', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 600);
  const { store, version, open } = await swarm(world, bytes, 1);
  await open.read(blockSize * 300, Buffer.alloc(10), new Reader());
  const third = world.store();
  third.addSource(new StoreSource('second', store));
  const there = third.open(file, version);
  const target = Buffer.alloc(10);
  await there.read(blockSize * 300, target, new Reader());
  expect(target.equals(bytes.subarray(blockSize * 300, blockSize * 300 + 10))).toBe(true);
});

test('a small edit in a large file brings one block and the pages above it', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 600);
  const { sources, store, open, origin } = await swarm(world, bytes, 1);
  await contentOf(open);
  const [source] = sources;
  const before = { blocks: source!.blocksSent, pages: source!.pagesSent };
  const writer = origin.open(file, null);
  await writer.write(blockSize * 300 + 50, Buffer.from('edited'));
  const next = (await writer.publish())!;
  writer.published(next);
  expect(await store.adopt(file, next)).toEqual([{ position: blockSize * 300, length: blockSize }]);
  Buffer.from('edited').copy(bytes, blockSize * 300 + 50);
  expect((await contentOf(open)).equals(bytes)).toBe(true);
  expect(source!.blocksSent - before.blocks).toBe(1);
  expect(source!.pagesSent - before.pages).toBe(2);
});

test('bytes that a shorter version took away are brought again when they come back', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 600);
  const { store, open, origin, version } = await swarm(world, bytes, 1);
  await contentOf(open);
  await open.sync();
  const writer = origin.open(file, null);
  await writer.truncate(blockSize * 10 + 5);
  const short = (await writer.publish())!;
  writer.published(short);
  await store.adopt(file, short);
  await writer.write(0, bytes);
  const long = (await writer.publish())!;
  writer.published(long);
  expect(long.root.equals(version.root)).toBe(true);
  await store.adopt(file, long);
  expect((await contentOf(open)).equals(bytes)).toBe(true);
});

test('bytes that were cut off here are brought again when another version has them', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 600);
  const { store, open, origin, version } = await swarm(world, bytes, 1);
  await contentOf(open);
  await open.sync();
  await open.truncate(blockSize * 10 + 5);
  open.published((await open.publish())!);
  expect(origin.open(file, version).size).toBe(bytes.length);
  await store.adopt(file, version);
  expect((await contentOf(open)).equals(bytes)).toBe(true);
});

test('holes never travel', async () => {
  await using world = new World();
  const origin = world.store();
  const writer = origin.open(file, null);
  await writer.truncate(blockSize * 100_000);
  await writer.write(blockSize * 70_000, noise(100));
  const version = (await writer.publish())!;
  writer.published(version);
  const store = world.store();
  const source = new StoreSource('origin', origin);
  store.addSource(source);
  const open = store.open(file, version);
  const target = Buffer.alloc(blockSize, 1);
  await open.read(blockSize * 50_000, target, new Reader());
  expect(target.every((byte) => byte === 0)).toBe(true);
  await open.read(blockSize * 70_000, target, new Reader());
  expect(target.subarray(0, 100).equals(noise(100))).toBe(true);
  expect(source.blocksSent).toBe(1);
});

test('local changes stay on top of a version that arrives, and the next version has both', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 10);
  const { store, open, origin } = await swarm(world, bytes, 1);
  await contentOf(open);
  await open.write(blockSize * 2, Buffer.from('mine'));
  const writer = origin.open(file, null);
  await writer.write(blockSize * 7, Buffer.from('theirs'));
  const theirs = (await writer.publish())!;
  writer.published(theirs);
  await store.adopt(file, theirs);
  Buffer.from('mine').copy(bytes, blockSize * 2);
  Buffer.from('theirs').copy(bytes, blockSize * 7);
  expect((await contentOf(open)).equals(bytes)).toBe(true);
  const both = (await open.publish())!;
  open.published(both);
  origin.addSource(new StoreSource('back', store));
  await origin.adopt(file, both);
  expect((await contentOf(writer)).equals(bytes)).toBe(true);
});

test('local changes in a block that cannot be merged are kept, and writers do not wait for long', async () => {
  await using world = new World();
  const clock = new ManualClock();
  const bytes = noise(blockSize * 3);
  const { store, open, origin, sources } = await swarm(world, bytes, 1, clock);
  await contentOf(open);
  await open.write(20, Buffer.from('mine'));
  const writer = origin.open(file, null);
  await writer.write(300, Buffer.from('theirs'));
  const theirs = (await writer.publish())!;
  writer.published(theirs);
  sources[0]!.fetchBlocks = (_request, signal) => untilAborted(signal);
  const adopting = store.adopt(file, theirs);
  await pass(clock, 5_000);
  await adopting;
  Buffer.from('mine').copy(bytes, 20);
  expect((await contentOf(open)).equals(bytes)).toBe(true);
  expect(open.dirty).toBe(true);
});

for (const blocks of [1, 10]) {
  test(`bytes that two peers wrote side by side in one block of ${blocks} both survive`, async () => {
    await using world = new World();
    const bytes = noise(blockSize * blocks - 100);
    const { store, open, origin } = await swarm(world, bytes, 1);
    await contentOf(open);
    const writer = origin.open(file, null);
    await open.write(20, Buffer.from('mine'));
    await open.write(500, Buffer.from('mine'));
    await writer.write(300, Buffer.from('theirs'));
    await writer.write(bytes.length, Buffer.from('appended'));
    const theirs = (await writer.publish())!;
    writer.published(theirs);
    await store.adopt(file, theirs);
    const both = Buffer.concat([bytes, Buffer.from('appended')]);
    Buffer.from('mine').copy(both, 20);
    Buffer.from('mine').copy(both, 500);
    Buffer.from('theirs').copy(both, 300);
    expect((await contentOf(open)).equals(both)).toBe(true);
    const next = (await open.publish())!;
    expect(next.root.equals(referenceRoot(both))).toBe(true);
  });
}

test('writing part of a missing block keeps its other bytes, writing all of it fetches nothing', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 10);
  const { sources, open } = await swarm(world, bytes, 1);
  await open.write(blockSize * 3, noise(blockSize, 8));
  expect(sources[0]!.blocksSent).toBe(0);
  await open.write(blockSize * 5 + 1, Buffer.from('part'));
  expect(sources[0]!.blocksSent).toBe(1);
  noise(blockSize, 8).copy(bytes, blockSize * 3);
  Buffer.from('part').copy(bytes, blockSize * 5 + 1);
  expect((await contentOf(open)).equals(bytes)).toBe(true);
});

test('a write waits until a source has stopped writing into the same block', async () => {
  await using world = new World();
  const bytes = noise(blockSize * 4);
  const { sources, open } = await swarm(world, bytes, 1);
  const [source] = sources;
  const honest = source!.fetchBlocks.bind(source);
  const aborted = Promise.withResolvers<void>();
  const letGo: (() => void)[] = [];
  // Like a worker that has the block already and writes it in spite of the abort.
  source!.fetchBlocks = async (request, signal) => {
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    await new Promise<void>((resolve) => letGo.push(resolve));
    return honest(request, new AbortController().signal);
  };
  const interrupt = new AbortController();
  const reading = Promise.resolve(
    open.read(0, Buffer.alloc(10), new Reader(), interrupt.signal),
  ).catch(() => undefined);
  await turns(20);
  const writing = Promise.resolve(open.write(0, noise(blockSize, 5)));
  await aborted.promise;
  for (const release of letGo) release();
  await writing;
  interrupt.abort();
  await reading;
  const target = Buffer.alloc(blockSize);
  await open.read(0, target, new Reader());
  expect(target.equals(noise(blockSize, 5))).toBe(true);
});

interface Swarm {
  readonly origin: FileContentStore;
  readonly store: FileContentStore;
  readonly sources: readonly StoreSource[];
  readonly version: Version;
  readonly open: OpenContent;
}

/** A store without the bytes, and sources that have them. */
async function swarm(
  world: World,
  bytes: Buffer,
  count: number,
  clock?: ManualClock,
): Promise<Swarm> {
  const { version, store: origin } = await published(world, bytes);
  const sources = Array.from({ length: count }, (_, at) => new StoreSource(`peer ${at}`, origin));
  const store = world.store(clock ? { clock } : {});
  for (const source of sources) store.addSource(source);
  return { origin, store, sources, version, open: store.open(file, version) };
}

async function published(
  world: World,
  bytes: Buffer,
): Promise<{ store: FileContentStore; version: Version }> {
  const store = world.store();
  const open = store.open(file, null);
  await open.write(0, bytes);
  const version = (await open.publish())!;
  open.published(version);
  return { store, version };
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

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await turn();
}

/** Time goes by in small steps, and what it causes happens in between. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await turns(3);
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
