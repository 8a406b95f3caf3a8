import { closeSync, openSync, readdirSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { World } from '../../support/world/world.ts';
import type { WorldPeer } from '../../support/world/world-peer.ts';

/** Longer than peers are waited for. */
const patienceMs = 10_000;

/** Longer than it takes until what was published is on the disk itself. */
const flushedMs = 20_000;

async function published(world: World, path: string, text: string): Promise<void> {
  await world.peer('alice').write(path, text);
  await world.advance(1500);
}

/** The machine stops, and what `lose` does to the backing file is what the disk lacks of it. */
async function losePower(
  world: World,
  path: string,
  lose: (file: string) => void,
  thenOnline = true,
): Promise<void> {
  const alice = world.peer('alice');
  const number = alice.inode(path).toString(16);
  world.offline('alice');
  await world.crash('alice', { start: false });
  lose(backingFile(alice, number));
  world.start('alice', false);
  if (thenOnline) world.online('alice');
  await world.settle();
}

function backingFile({ folder }: WorldPeer, number: string): string {
  const content = join(folder, 'content');
  const names = readdirSync(content, { recursive: true, encoding: 'utf8' });
  const name = names.find((one) => one.endsWith(`/${number}`));
  if (name === undefined) throw new Error('there is no backing file');
  return join(content, name);
}

function zero(file: string, from: number, length: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length), 0, length, from);
  closeSync(descriptor);
}

const blocks = ['a', 'b', 'c'].map((letter) => letter.repeat(65_536));

test('a file of which the disk lacks the end, and nobody has it, ends there', async () => {
  await using world = new World(['alice', 'bob']);
  const alice = world.peer('alice');
  world.offline('alice');
  await published(world, '/file', blocks.join(''));
  await losePower(world, '/file', (file) => truncateSync(file, 65_536), false);
  await world.advance(patienceMs);
  expect(await alice.read('/file')).toBe(blocks[0]);
  world.online('alice');
  await world.settle();
  expect(await world.peer('bob').read('/file')).toBe(blocks[0]);
});

test('what the disk lacks in the middle of a file is zeros when nobody has it', async () => {
  await using world = new World(['alice']);
  await published(world, '/file', blocks.join(''));
  await losePower(world, '/file', (file) => zero(file, 65_536, 65_536));
  await world.advance(patienceMs);
  const expected = [blocks[0], '\0'.repeat(65_536), blocks[2]].join('');
  expect(await world.peer('alice').read('/file')).toBe(expected);
});

test('what the disk lacks comes from a peer that has read it in time', async () => {
  await using world = new World(['alice', 'bob']);
  await published(world, '/file', blocks.join(''));
  expect(await world.peer('bob').read('/file')).toBe(blocks.join(''));
  await losePower(world, '/file', (file) => truncateSync(file, 0));
  await world.advance(patienceMs);
  expect(await world.peer('alice').read('/file')).toBe(blocks.join(''));
  expect(await world.peer('bob').read('/file')).toBe(blocks.join(''));
});

test('what came from a peer who is away stays his, whatever the disk lacks of it', async () => {
  await using world = new World(['alice', 'bob']);
  const [alice, bob] = [world.peer('alice'), world.peer('bob')];
  await bob.write('/file', blocks.join(''));
  await world.settle();
  expect(await alice.read('/file')).toBe(blocks.join(''));
  world.offline('bob');
  const open = await alice.open('/file', 'change');
  await open.write(Buffer.from('A'), 0);
  await open.close();
  await losePower(world, '/file', (file) => zero(file, 65_536, 65_536));
  await world.advance(patienceMs);
  world.online('bob');
  await world.settle();
  const expected = `A${blocks.join('').slice(1)}`;
  expect(await bob.read('/file')).toBe(expected);
  expect(await alice.read('/file')).toBe(expected);
});

test('what is on the disk itself is not asked for and not doubted', async () => {
  await using world = new World(['alice']);
  const alice = world.peer('alice');
  await published(world, '/file', blocks.join(''));
  await world.advance(flushedMs);
  await losePower(world, '/file', () => undefined);
  expect(alice.run.content.unpublished()).toEqual([]);
  expect(await alice.read('/file')).toBe(blocks.join(''));
});

test('a process that dies while peers are asked begins to ask anew', async () => {
  await using world = new World(['alice', 'bob']);
  const alice = world.peer('alice');
  world.offline('alice');
  await published(world, '/file', blocks.join(''));
  await losePower(world, '/file', (file) => truncateSync(file, 65_536), false);
  await world.advance(1500);
  await world.crash('alice');
  world.offline('alice');
  await world.advance(patienceMs);
  expect(await alice.read('/file')).toBe(blocks[0]);
});
