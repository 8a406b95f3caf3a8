import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { collisionWith } from '../../../src/conflicts/collision.ts';
import { placeAt } from '../../../src/conflicts/find-path.ts';
import { take } from '../../../src/conflicts/settle.ts';
import { backingPath } from '../../../src/content/backing/paths.ts';
import type { FileId } from '../../../src/content/version.ts';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { actingOf, createdMs } from '../../support/replica-world.ts';
import {
  caller,
  closeHandle,
  connect,
  edit,
  exchange,
  flags,
  listNames,
  named,
  type Peer,
  Peers,
  readFile,
  root,
  tell,
  writeFile,
  writeText,
} from './peers.ts';

// Somebody made a file of its own of bob's version while bob went on with it: his bytes, of which there is one copy, go there.

const day = new Date(createdMs).toISOString().slice(0, 10);
const byBob = `letter (conflict, user2, ${day})`;
const minuteMs = 60_000;

interface Apart {
  readonly alice: Peer;
  readonly bob: Peer;
  readonly inode: InodeId;
  readonly folders: { tree: string; content: string };
}

/** Alice's version is under the name, and she knows of bob's; he does not know of hers. */
async function apart(peers: Peers): Promise<Apart> {
  const folders = peers.folders();
  const alice = peers.open({ device: 1 });
  const bob = peers.open({ device: 2, folders });
  const inode = await writeFile(alice, 'letter', 'old');
  await exchange(alice, bob);
  await edit(bob, inode, 'bob 1');
  peers.clock.advance(minuteMs);
  await edit(alice, inode, 'by alice');
  await tell(bob, alice);
  peers.clock.advance(minuteMs);
  return { alice, bob, inode, folders };
}

function renameHis({ alice }: Apart): void {
  alice.fs.rename(caller, root, named(byBob), root, named('bobs'), 'replace');
}

test('what he published before he heard of it is there', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  renameHis(both);
  await edit(both.bob, both.inode, 'bob 2');
  await exchange(both.alice, both.bob);
  await expect.poll(() => readFile(both.bob, 'bobs')).toBe('bob 2');
  expect(listNames(both.bob)).toEqual(['.', '..', 'letter', 'bobs']);
  connect(both.alice, both.bob);
  expect(await readFile(both.bob, 'letter')).toBe('by alice');
  expect(await readFile(both.alice, 'bobs')).toBe('bob 2');
});

test('what he wrote and had not published when he heard of it is there, and his open file goes on as what has its name', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  connect(both.alice, both.bob);
  renameHis(both);
  const handle = await both.bob.fs.open(caller, both.inode, flags.readWrite);
  await writeText(both.bob, handle, 'BOB');
  await exchange(both.alice, both.bob);
  await expect.poll(() => readFile(both.bob, 'bobs')).toBe('BOB 1');
  await expect.poll(() => readFile(both.bob, 'letter')).toBe('by alice');
  await writeText(both.bob, handle, 'BY');
  await closeHandle(both.bob, handle);
  expect(await readFile(both.bob, 'letter')).toBe('BY alice');
  expect(await readFile(both.bob, 'bobs')).toBe('BOB 1');
});

test('what he wrote to a file that was removed meanwhile is there', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  connect(both.alice, both.bob);
  const handle = await both.bob.fs.open(caller, both.inode, flags.readWrite);
  await writeText(both.bob, handle, 'BOB');
  both.alice.fs.unlink(caller, root, named('letter'));
  await exchange(both.alice, both.bob);
  await expect.poll(() => readFile(both.bob, byBob)).toBe('BOB 1');
  expect(listNames(both.bob)).toEqual(['.', '..', byBob]);
  await closeHandle(both.bob, handle);
});

test('it is there after his machine died between the merge and the moving of the bytes, and others get it from him before that', async () => {
  for (const isReadThereFirst of [true, false]) {
    await using peers = new Peers();
    const both = await apart(peers);
    renameHis(both);
    await edit(both.bob, both.inode, 'bob 2');
    await tell(both.bob, both.alice);
    await peers.close(both.bob);
    await peers.diesWhileMerging(2, both.folders, both.alice);
    const again = peers.open({ device: 2, folders: both.folders });
    if (isReadThereFirst) expect(await readFile(again, 'bobs')).toBe('bob 2');
    connect(both.alice, again);
    expect(await readFile(both.alice, 'bobs')).toBe('bob 2');
    expect(await readFile(again, 'letter')).toBe('by alice');
    expect(await readFile(again, 'bobs')).toBe('bob 2');
  }
});

test('it is there after his machine died while the bytes were copied there', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  renameHis(both);
  const { inode } = both.alice.fs.lookup(caller, root, named('bobs'));
  await peers.close(both.bob);
  await peers.diesWhileMerging(2, both.folders, both.alice);
  const halfCopied = backingPath(both.folders.content, inode as number as FileId);
  mkdirSync(dirname(halfCopied), { recursive: true });
  writeFileSync(halfCopied, Buffer.alloc('bob 1'.length));
  const again = peers.open({ device: 2, folders: both.folders });
  connect(both.alice, again);
  expect(await readFile(again, 'letter')).toBe('by alice');
  expect(await readFile(again, 'bobs')).toBe('bob 1');
});

test('it comes back to the file when something older undoes that', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  const { alice, bob, inode } = both;
  const carol = peers.open({ device: 3 });
  await exchange(alice, carol);
  const { replica, who } = carol.home;
  const collision = collisionWith(replica, placeAt(replica, 'letter')!)!;
  const chosen = collision.contenders.find(({ hasName }) => hasName)!;
  take({ replica, acting: actingOf(who) }, collision, chosen);
  peers.clock.advance(minuteMs);
  alice.fs.unlink(caller, root, named(byBob));
  peers.clock.advance(minuteMs);
  await edit(bob, inode, 'bob 2');
  await exchange(alice, bob);
  await expect.poll(() => readFile(bob, byBob)).toBe('bob 2');
  await exchange(carol, bob);
  await expect.poll(() => readFile(bob, 'letter')).toBe('bob 2');
});

test('a version that became one with another while somebody made a file of it, is what that became, in that file', async () => {
  await using peers = new Peers();
  const alice = peers.open({ device: 1, inTouch: () => true });
  const bob = peers.open({ device: 2, inTouch: () => true });
  connect(alice, bob);
  const inode = await writeFile(alice, 'letter', '....................');
  await exchange(alice, bob);
  await readFile(bob, 'letter');
  const put = async (peer: Peer, position: number, text: string) => {
    const handle = await peer.fs.open(caller, inode, flags.readWrite);
    await writeText(peer, handle, text, position);
    await closeHandle(peer, handle);
  };
  await put(alice, 0, 'alice');
  peers.clock.advance(5);
  await put(bob, 10, 'bob');
  await tell(alice, bob);
  const byAlice = byBob.replace('user2', 'user1');
  expect(listNames(bob)).toContain(byAlice);
  await tell(bob, alice);
  const merged = 'alice.....bob.......';
  await expect.poll(() => readFile(alice, 'letter')).toBe(merged);
  bob.fs.rename(caller, root, named(byAlice), root, named('hers'), 'replace');
  await exchange(bob, alice);
  for (const name of ['letter', 'hers']) {
    await expect
      .poll(async () => {
        await exchange(alice, bob);
        return [await readFile(alice, name), await readFile(bob, name)];
      })
      .toEqual([merged, merged]);
  }
});

test('a file whose times alone change gets no version that nobody may have the bytes of', async () => {
  await using peers = new Peers();
  const { alice, bob, inode } = await apart(peers);
  const handle = await bob.fs.open(caller, inode, flags.readWrite);
  await bob.fs.setAttributes(caller, inode, { size: 5 });
  await closeHandle(bob, handle);
  await exchange(alice, bob);
  expect(listNames(alice)).toEqual(['.', '..', 'letter', byBob]);
  expect(alice.home.replica.node(inode)?.heads.map(({ size }) => size)).toEqual([8, 5]);
});

test('his version whose entry was removed is kept until all know of that, since somebody may bring it back', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  const carol = peers.open({ device: 3 });
  await exchange(both.alice, carol);
  both.alice.fs.unlink(caller, root, named(byBob));
  await exchange(both.alice, both.bob);
  connect(both.alice, both.bob);
  expect(await readFile(both.bob, 'letter')).toBe('by alice');
  peers.clock.advance(minuteMs);
  carol.fs.rename(caller, root, named(byBob), root, named('bobs'), 'replace');
  await exchange(carol, both.bob);
  expect(await readFile(both.bob, 'bobs')).toBe('bob 1');
});
