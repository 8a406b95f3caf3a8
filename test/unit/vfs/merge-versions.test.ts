import { describe, expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import {
  caller,
  closeHandle,
  connect,
  exchange,
  flags,
  listNames,
  Peers,
  readFile,
  tell,
  writeFile,
  writeText,
  type Peer,
} from './peers.ts';

// Two people publish one file in the same moment, neither having heard of the other's version.

interface Both {
  readonly alice: Peer;
  readonly bob: Peer;
  readonly inode: InodeId;
}

async function open(peers: Peers, text: string, inTouch = true): Promise<Both> {
  const touch = { inTouch: () => inTouch };
  const alice = peers.open({ device: 1, ...touch });
  const bob = peers.open({ device: 2, ...touch });
  connect(alice, bob);
  const inode = await writeFile(alice, 'file', text);
  await exchange(alice, bob);
  await readFile(bob, 'file');
  peers.clock.advance(1);
  return { alice, bob, inode };
}

async function put(peer: Peer, inode: InodeId, text: string, position: number, how = 0) {
  const handle = await peer.fs.open(caller, inode, flags.readWrite | how);
  await writeText(peer, handle, text, position);
  await closeHandle(peer, handle);
}

/** Until neither has anything to tell. */
async function settle({ alice, bob, inode }: Both): Promise<void> {
  const heads = (peer: Peer) => peer.home.replica.node(inode)?.heads.map(({ id }) => id) ?? [];
  await expect
    .poll(async () => {
      await exchange(alice, bob);
      return heads(alice).length === 1 && heads(bob).length === 1;
    })
    .toBe(true);
}

async function expectOne({ alice, bob }: Both, text: string): Promise<void> {
  for (const peer of [alice, bob]) {
    expect(listNames(peer)).toEqual(['.', '..', 'file']);
    expect(await readFile(peer, 'file')).toBe(text);
  }
}

describe('while they are connected there is one version with both edits', () => {
  test.each([
    ['in one block', 100],
    ['in blocks far apart', 400_000],
  ])('%s', async (_, size) => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(size));
    await put(both.alice, both.inode, 'alice', 10);
    peers.clock.advance(5);
    await put(both.bob, both.inode, 'bob', size - 10);
    await settle(both);
    await expectOne(both, `${'.'.repeat(10)}alice${'.'.repeat(size - 25)}bob${'.'.repeat(7)}`);
  });

  test('of which the older one is laid over the younger where both wrote the same bytes', async () => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(20));
    await put(both.alice, both.inode, 'alice', 5);
    peers.clock.advance(5);
    await put(both.bob, both.inode, 'BOBBOBBOB', 3);
    await settle(both);
    await expectOne(both, `...BOaliceOB${'.'.repeat(8)}`);
  });

  test('also when one of them grew the file', async () => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(70_000));
    await put(both.alice, both.inode, 'alice', 140_000);
    peers.clock.advance(5);
    await put(both.bob, both.inode, 'bob', 0);
    await settle(both);
    await expectOne(both, `bob${'.'.repeat(69_997)}${'\0'.repeat(70_000)}alice`);
  });

  test('also when each published several times before he heard of the other', async () => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(40));
    for (const round of [0, 1, 2]) {
      await put(both.alice, both.inode, `a${round}`, round * 2);
      peers.clock.advance(3);
      await put(both.bob, both.inode, `b${round}`, 20 + round * 2);
    }
    await settle(both);
    await expectOne(both, `a0a1a2${'.'.repeat(14)}b0b1b2${'.'.repeat(14)}`);
  });

  test('also when one of them keeps the file open and goes on writing', async () => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(40));
    const handle = await both.alice.fs.open(caller, both.inode, flags.readWrite);
    await writeText(both.alice, handle, 'a0', 0);
    await both.alice.fs.flush(handle);
    peers.clock.advance(5);
    await put(both.bob, both.inode, 'b0', 20);
    await writeText(both.alice, handle, 'a1', 2);
    await exchange(both.alice, both.bob);
    await closeHandle(both.alice, handle);
    await settle(both);
    await expectOne(both, `a0a1${'.'.repeat(16)}b0${'.'.repeat(18)}`);
  });

  test('also after many rounds in which both write at once', async () => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(200_000));
    const expected = Array.from('.'.repeat(200_000));
    const write = async (peer: Peer, position: number, text: string): Promise<void> => {
      await put(peer, both.inode, text, position);
      for (let at = 0; at < text.length; at += 1) expected[position + at] = text[at]!;
    };
    for (let round = 0; round < 30; round += 1) {
      await write(both.alice, round * 3_000, `alice ${round}`);
      peers.clock.advance(round % 3);
      await write(both.bob, 100_000 + round * 3_000, `bob ${round}`);
      peers.clock.advance(round % 2);
      if (round % 4 !== 0) await exchange(both.alice, both.bob);
    }
    await settle(both);
    await expectOne(both, expected.join(''));
  });
});

describe('what both append is there, one behind the other', () => {
  const append = (peer: Peer, inode: InodeId, text: string) =>
    put(peer, inode, text, 0, flags.append);

  test.each([
    ['a short file', 5],
    ['a file that ends where a block does', 65_536],
    ['a long file', 200_001],
  ])('of %s', async (_, size) => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(size));
    await append(both.alice, both.inode, 'by alice\n');
    await append(both.alice, both.inode, 'again\n');
    peers.clock.advance(5);
    await append(both.bob, both.inode, 'by bob\n');
    await settle(both);
    await expectOne(both, `${'.'.repeat(size)}by bob\nby alice\nagain\n`);
  });

  test('also when one of them has not published it', async () => {
    await using peers = new Peers();
    const both = await open(peers, 'start\n');
    const handle = await both.alice.fs.open(caller, both.inode, flags.write | flags.append);
    await writeText(both.alice, handle, 'by alice\n', 6);
    await append(both.bob, both.inode, 'by bob\n');
    await exchange(both.alice, both.bob);
    await writeText(both.alice, handle, 'again\n', 15);
    await closeHandle(both.alice, handle);
    await settle(both);
    await expectOne(both, 'start\nby bob\nby alice\nagain\n');
  });

  test('also when the other changes the beginning too', async () => {
    await using peers = new Peers();
    const both = await open(peers, 'start\n');
    await append(both.alice, both.inode, 'by alice\n');
    peers.clock.advance(5);
    await put(both.bob, both.inode, 'START', 0);
    await append(both.bob, both.inode, 'by bob\n');
    await settle(both);
    await expectOne(both, 'START\nby bob\nby alice\n');
  });

  test('over many rounds', async () => {
    await using peers = new Peers();
    const both = await open(peers, 'start\n');
    for (let round = 0; round < 25; round += 1) {
      await append(both.alice, both.inode, `alice ${round}\n`);
      peers.clock.advance(round % 3);
      await append(both.bob, both.inode, `bob ${round}\n`);
      if (round % 3 !== 0) await exchange(both.alice, both.bob);
    }
    await settle(both);
    const lines = (await readFile(both.alice, 'file')).trimEnd().split('\n').toSorted();
    const expected = Array.from({ length: 25 }, (__, round) => [`alice ${round}`, `bob ${round}`]);
    expect(lines).toEqual([...expected.flat(), 'start'].toSorted());
    expect(await readFile(both.bob, 'file')).toBe(await readFile(both.alice, 'file'));
  });
});

test('what cannot be merged because its bytes are gone waits for the next version, which has them', async () => {
  await using peers = new Peers();
  const both = await open(peers, '.'.repeat(100));
  await put(both.alice, both.inode, 'alice', 0);
  peers.clock.advance(5);
  await put(both.bob, both.inode, 'bob', 50);
  // Alice hears of bob's version when he has gone on already, and nobody has its bytes any more.
  const handle = await both.bob.fs.open(caller, both.inode, flags.readWrite);
  await tell(both.bob, both.alice);
  await writeText(both.bob, handle, 'BOB', 60);
  expect((await readFile(both.alice, 'file')).slice(0, 5)).toBe('alice');
  await closeHandle(both.bob, handle);
  await settle(both);
  await expectOne(both, `alice${'.'.repeat(45)}bob${'.'.repeat(7)}BOB${'.'.repeat(37)}`);
});

describe('both versions are kept', () => {
  const cases: [string, boolean, (both: Both, peers: Peers) => Promise<void>][] = [
    [
      'when they were made apart',
      false,
      async ({ alice, bob, inode }) => {
        await put(alice, inode, 'alice', 0);
        await put(bob, inode, 'bob', 50);
      },
    ],
    [
      'when the younger is heard of too late',
      true,
      async ({ alice, bob, inode }, peers) => {
        await put(alice, inode, 'alice', 0);
        await put(bob, inode, 'bob', 50);
        peers.clock.advance(11_000);
      },
    ],
    [
      'when the older was written anew from nothing',
      true,
      async ({ alice, bob, inode }, peers) => {
        await put(alice, inode, 'alice', 0, flags.truncate);
        peers.clock.advance(5);
        await put(bob, inode, 'bob', 50);
      },
    ],
  ];

  test.each(cases)('%s', async (_, inTouch, edit) => {
    await using peers = new Peers();
    const both = await open(peers, '.'.repeat(100), inTouch);
    await edit(both, peers);
    await tell(both.alice, both.bob);
    await exchange(both.alice, both.bob);
    for (const peer of [both.alice, both.bob]) {
      expect(listNames(peer)).toHaveLength(4);
      expect(await readFile(peer, 'file')).toContain('bob');
      const beside = listNames(peer).find((name) => name.includes('conflict'))!;
      expect(await readFile(peer, beside)).toContain('alice');
      expect(peer.home.replica.node(both.inode)?.heads).toHaveLength(2);
    }
  });
});
