import { expect, test, vi } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import {
  caller,
  connect,
  exchange,
  named,
  type Peer,
  Peers,
  readFile,
  root,
  writeFile,
} from './peers.ts';

// The bytes of a removed file are freed when nobody can bring it back any more.

const minuteMs = 60_000;

function bytesOf({ content }: Peer, inode: InodeId): number {
  return content.residentBytes(inode as never, null);
}

/** Two who know of each other; Alice removed a file of which she alone has the bytes. */
async function removedApart(peers: Peers) {
  const folders = peers.folders();
  const alice = peers.open({ device: 1, folders });
  const bob = peers.open({ device: 2 });
  connect(alice, bob);
  await writeFile(bob, 'introduces bob', '');
  const inode = await writeFile(alice, 'letter', 'only alice has this');
  await exchange(alice, bob);
  alice.fs.unlink(caller, root, named('letter'));
  alice.fs.forget(inode, 1);
  peers.clock.advance(10 * minuteMs);
  return { alice, bob, inode, folders };
}

test('they stay while a peer that does not know of the removal may bring it back', async () => {
  await using peers = new Peers();
  const { alice, bob, inode } = await removedApart(peers);
  expect(bytesOf(alice, inode)).toBeGreaterThan(0);
  bob.fs.rename(caller, root, named('letter'), root, named('kept'), 'replace');
  await exchange(alice, bob);
  expect(await readFile(bob, 'kept')).toBe('only alice has this');
});

test('they stay when it was removed once more and a peer knows of the first time alone', async () => {
  await using peers = new Peers();
  const { alice, bob, inode } = await removedApart(peers);
  bob.fs.rename(caller, root, named('letter'), root, named('kept'), 'replace');
  await exchange(alice, bob);
  await writeFile(bob, 'says what bob knows', '');
  await exchange(alice, bob);
  alice.fs.unlink(caller, root, named('kept'));
  bob.fs.rename(caller, root, named('kept'), root, named('kept again'), 'replace');
  peers.clock.advance(10 * minuteMs);
  expect(bytesOf(alice, inode)).toBeGreaterThan(0);
  await exchange(alice, bob);
  expect(await readFile(bob, 'kept again')).toBe('only alice has this');
});

test('they go when all have said that they know', async () => {
  await using peers = new Peers();
  const { alice, bob, inode } = await removedApart(peers);
  await exchange(alice, bob);
  peers.clock.advance(10 * minuteMs);
  expect(bytesOf(alice, inode)).toBeGreaterThan(0);
  // By now he acknowledged what he learned.
  await exchange(alice, bob);
  peers.clock.advance(10 * minuteMs);
  expect(bytesOf(alice, inode)).toBe(0);
});

test('they go after a restart too', async () => {
  await using peers = new Peers();
  const { alice, bob, inode, folders } = await removedApart(peers);
  await peers.close(alice);
  const again = peers.open({ device: 1, folders });
  await exchange(again, bob);
  peers.clock.advance(10 * minuteMs);
  await exchange(again, bob);
  await expect
    .poll(() => {
      peers.clock.advance(minuteMs);
      return bytesOf(again, inode);
    })
    .toBe(0);
});

test('they go at once when the disk is nearly full, also when the kernel lets go of the file later', async () => {
  await using peers = new Peers();
  const room = { isScarce: false };
  const peer = peers.open({ room });
  const inode = await writeFile(peer, 'large', 'bytes');
  room.isScarce = true;
  peer.fs.unlink(caller, root, named('large'));
  peers.clock.advance(1000);
  expect(bytesOf(peer, inode)).toBeGreaterThan(0);
  peer.fs.forget(inode, 1);
  peers.clock.advance(1000);
  expect(bytesOf(peer, inode)).toBe(0);
});

test('they go at once when the disk is nearly full, also when it is slow to note the removal', async () => {
  await using peers = new Peers();
  const room = { isScarce: false };
  const peer = peers.open({ room });
  const inode = await writeFile(peer, 'large', 'bytes');
  room.isScarce = true;
  peer.fs.unlink(caller, root, named('large'));
  peer.fs.forget(inode, 1);
  // As long as something is not in the log.
  vi.spyOn(peer.home.replica, 'presentFrontier').mockReturnValueOnce(undefined);
  peers.clock.advance(1000);
  expect(bytesOf(peer, inode)).toBe(0);
});

test('however much is removed while a peer is away, a look at who knows of it stays short', async () => {
  await using peers = new Peers();
  const { alice, bob } = await removedApart(peers);
  const inodes: InodeId[] = [];
  for (let index = 0; index < 40; index += 1) {
    const inode = await writeFile(alice, `file ${index}`, 'bytes');
    alice.fs.unlink(caller, root, named(`file ${index}`));
    alice.fs.forget(inode, 1);
    inodes.push(inode);
    peers.clock.advance(500);
  }
  peers.clock.advance(3 * minuteMs);
  const looks = vi.spyOn(alice.home.replica, 'isSeenByAll');
  peers.clock.advance(minuteMs);
  expect(looks.mock.calls.length).toBeLessThanOrEqual(2);
  looks.mockRestore();

  await exchange(alice, bob);
  peers.clock.advance(10 * minuteMs);
  await exchange(alice, bob);
  peers.clock.advance(10 * minuteMs);
  for (const inode of inodes) expect(bytesOf(alice, inode)).toBe(0);
});
