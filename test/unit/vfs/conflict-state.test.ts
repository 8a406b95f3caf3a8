import { expect, test } from 'vitest';
import { collisionAbout, collisionWith, findCollisions } from '../../../src/conflicts/collision.ts';
import { pathOf, placeAt } from '../../../src/conflicts/find-path.ts';
import { keepAll, keepOne, take } from '../../../src/conflicts/settle.ts';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { nameForPeople, type Name } from '../../../src/metadata/name.ts';
import { actingOf, createdMs } from '../../support/replica-world.ts';
import {
  caller,
  connect,
  edit,
  exchange,
  listNames,
  named,
  outcome,
  Peers,
  readFile,
  root,
  tell,
  writeFile,
  type Peer,
} from './peers.ts';

// How conflicts are seen and settled, over two whole file systems.

const day = new Date(createdMs).toISOString().slice(0, 10);
const byAlice = `letter (conflict, user1, ${day}).txt`;
const byBob = byAlice.replace('user1', 'user2');
const state = 'user.peerfuse.state' as Name;

function two(peers: Peers): { alice: Peer; bob: Peer } {
  const alice = peers.open({ device: 1 });
  const bob = peers.open({ device: 2 });
  connect(alice, bob);
  return { alice, bob };
}

/** letter.txt by bob, with alice's version beside it. */
async function twoVersions(peers: Peers): Promise<{ alice: Peer; bob: Peer; inode: InodeId }> {
  const { alice, bob } = two(peers);
  const inode = await writeFile(alice, 'letter.txt', 'old');
  await exchange(alice, bob);
  await edit(alice, inode, 'by alice');
  peers.clock.advance(60_000);
  await edit(bob, inode, 'by bob');
  await exchange(alice, bob);
  return { alice, bob, inode };
}

/** letter.txt by alice, with bob's file of that name beside it. */
async function twoFiles(peers: Peers): Promise<{ alice: Peer; bob: Peer }> {
  const { alice, bob } = two(peers);
  await writeFile(alice, 'letter.txt', 'by alice');
  peers.clock.advance(60_000);
  await writeFile(bob, 'letter.txt', 'by bob');
  await exchange(alice, bob);
  return { alice, bob };
}

function stateOf(peer: Peer, name: string): string {
  const { inode } = peer.fs.lookup(caller, root, named(name));
  return peer.fs.getXattr(caller, inode, state).toString();
}

function takeAt(peer: Peer, path: string): void {
  const { replica, who } = peer.home;
  const place = placeAt(replica, path)!;
  const collision = collisionWith(replica, place)!;
  const chosen = collision.contenders.find((one) => one.place.name === place.name)!;
  take({ replica, acting: actingOf(who) }, collision, chosen);
}

test('versions of one file say so, and so do files of one name; nothing else does', async () => {
  await using peers = new Peers();
  for (const arrange of [twoVersions, twoFiles]) {
    const { alice, bob } = await arrange(peers);
    await writeFile(alice, 'other', 'text');
    for (const peer of [alice, bob]) {
      const names = listNames(peer).filter((name) => name.startsWith('letter'));
      expect(names).toHaveLength(2);
      for (const name of names) expect(stateOf(peer, name)).toBe('conflict');
    }
    const { inode } = alice.fs.lookup(caller, root, named('other'));
    expect(await outcome(() => alice.fs.getXattr(caller, inode, state))).toBe('ENODATA');
    expect(alice.fs.listXattrs(caller, inode)).toEqual([]);
    await peers.close(alice);
    await peers.close(bob);
  }
});

test('the state is listed, and nobody can set or remove it', async () => {
  await using peers = new Peers();
  const { bob, inode } = await twoVersions(peers);
  expect(bob.fs.listXattrs(caller, inode)).toEqual([state]);
  const set = () => bob.fs.setXattr(caller, inode, state, Buffer.from('plain'), 0);
  expect(await outcome(set)).toBe('EPERM');
  expect(await outcome(() => bob.fs.removeXattr(caller, inode, state))).toBe('EPERM');
});

test('the state goes with the conflict', async () => {
  await using peers = new Peers();
  const { bob, inode } = await twoVersions(peers);
  bob.fs.unlink(caller, root, named(byAlice));
  expect(bob.fs.listXattrs(caller, inode)).toEqual([]);
});

test('all conflicts are found, with who has the name first', async () => {
  await using peers = new Peers();
  const { alice, bob } = await twoFiles(peers);
  for (const peer of [alice, bob]) {
    const found = await findCollisions(peer.home.replica);
    expect(found.map(({ place }) => pathOf(peer.home.replica, place))).toEqual(['/letter.txt']);
    const texts = found[0]!.contenders.map(
      ({ place, hasName, isVersion }) => `${nameForPeople(place.name)} ${hasName} ${isVersion}`,
    );
    expect(texts).toEqual(['letter.txt true false', `${byBob} false false`]);
  }
});

test('what is in no conflict has none', async () => {
  await using peers = new Peers();
  const { alice } = two(peers);
  await writeFile(alice, 'a', 'text');
  const { replica } = alice.home;
  expect(await findCollisions(replica)).toEqual([]);
  expect(collisionAbout(replica, placeAt(replica, 'a')!)).toBeUndefined();
  expect(placeAt(replica, '/b')).toBeUndefined();
  expect(placeAt(replica, '/a/b')).toBeUndefined();
  expect(placeAt(replica, '/')).toBeUndefined();
});

test('a version that is taken is the only one, with its bytes, also where only its author has them', async () => {
  await using peers = new Peers();
  const { alice, bob } = await twoVersions(peers);
  // Bob decides without ever having had alice's bytes.
  takeAt(bob, byAlice);
  await tell(bob, alice);
  await expect.poll(() => readFile(alice, 'letter.txt')).toBe('by alice');
  peers.clock.advance(120_000);
  for (const peer of [alice, bob]) {
    expect(listNames(peer)).toEqual(['.', '..', 'letter.txt']);
    expect(await readFile(peer, 'letter.txt')).toBe('by alice');
    expect(await findCollisions(peer.home.replica)).toEqual([]);
  }
});

test('the version that has the name can be taken as well', async () => {
  await using peers = new Peers();
  const { alice, bob, inode } = await twoVersions(peers);
  takeAt(alice, 'letter.txt');
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    expect(listNames(peer)).toEqual(['.', '..', 'letter.txt']);
    expect(await readFile(peer, 'letter.txt')).toBe('by bob');
    expect(peer.home.replica.node(inode)?.heads).toHaveLength(1);
  }
});

test.each([
  ['letter.txt', 'by alice'],
  [byBob, 'by bob'],
])('of two files of one name %s can be taken', async (path, text) => {
  await using peers = new Peers();
  const { alice, bob } = await twoFiles(peers);
  takeAt(bob, path);
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    expect(listNames(peer)).toEqual(['.', '..', 'letter.txt']);
    expect(await readFile(peer, 'letter.txt')).toBe(text);
  }
});

test('a file can be taken in place of one that has versions, which all go', async () => {
  await using peers = new Peers();
  const { alice, bob } = await twoFiles(peers);
  const { inode } = alice.fs.lookup(caller, root, named('letter.txt'));
  await edit(alice, inode, 'alice again');
  peers.clock.advance(1_000);
  await edit(bob, inode, 'bob in hers');
  await exchange(alice, bob);
  expect(listNames(bob)).toHaveLength(5);
  takeAt(bob, byBob);
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    expect(listNames(peer)).toEqual(['.', '..', 'letter.txt']);
    expect(await readFile(peer, 'letter.txt')).toBe('by bob');
  }
});

test('a folder that is not empty is not taken away', async () => {
  await using peers = new Peers();
  const { alice, bob } = two(peers);
  const folder = alice.fs.makeDirectory(caller, root, named('letter.txt'), 0o755).inode;
  await writeFile(alice, 'inside', 'text', folder);
  peers.clock.advance(60_000);
  await writeFile(bob, 'letter.txt', 'by bob');
  await exchange(alice, bob);
  expect(() => takeAt(bob, byBob)).toThrow(/folder that is not empty/);
  expect(listNames(bob)).toEqual(['.', '..', 'letter.txt', byBob]);
  alice.fs.unlink(caller, folder, named('inside'));
  await exchange(alice, bob);
  takeAt(bob, byBob);
  expect(await readFile(bob, 'letter.txt')).toBe('by bob');
});

test.each([
  ['versions', twoVersions],
  ['files', twoFiles],
])('both of two %s can be kept, each for itself', async (_, arrange) => {
  await using peers = new Peers();
  const { alice, bob } = await arrange(peers);
  const { replica, who } = bob.home;
  const collision = collisionWith(replica, placeAt(replica, 'letter.txt')!)!;
  keepAll({ replica, acting: actingOf(who) }, collision);
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    const names = listNames(peer).slice(2);
    expect(names).toHaveLength(2);
    expect(await findCollisions(peer.home.replica)).toEqual([]);
    const texts = await Promise.all(names.map((name) => readFile(peer, name)));
    expect(texts.toSorted()).toEqual(['by alice', 'by bob']);
  }
});

test('what is kept goes on for itself: an edit of one does not touch the other', async () => {
  await using peers = new Peers();
  const { alice, bob } = await twoVersions(peers);
  const { replica, who } = bob.home;
  const place = placeAt(replica, byAlice)!;
  const collision = collisionWith(replica, place)!;
  keepOne({ replica, acting: actingOf(who) }, collision.contenders[1]!);
  await exchange(alice, bob);
  const { inode } = bob.fs.lookup(caller, root, named(byAlice));
  await edit(bob, inode, 'something else');
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    expect(await readFile(peer, byAlice)).toBe('something else');
    expect(await readFile(peer, 'letter.txt')).toBe('by bob');
  }
});

test('a name that is moved over the file settles as it does with any file', async () => {
  await using peers = new Peers();
  const { alice, bob } = await twoVersions(peers);
  bob.fs.rename(caller, root, named(byAlice), root, named('letter.txt'), 'replace');
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    expect(listNames(peer)).toEqual(['.', '..', 'letter.txt']);
    expect(await readFile(peer, 'letter.txt')).toBe('by alice');
  }
});

test('files of one name that are shown as versions of one have each the bytes of its author', async () => {
  await using peers = new Peers();
  const { alice, bob } = await twoFiles(peers);
  for (const peer of [alice, bob]) {
    const names = listNames(peer).slice(2);
    const texts = await Promise.all(names.map((name) => readFile(peer, name)));
    expect(texts.toSorted()).toEqual(['by alice', 'by bob']);
  }
});

test('files made apart with the same content are one, whose bytes each has from himself', async () => {
  await using peers = new Peers();
  const { alice, bob } = two(peers);
  await writeFile(alice, 'letter.txt', 'the same');
  peers.clock.advance(60_000);
  await writeFile(bob, 'letter.txt', 'the same');
  bob.content.removeSource('a');
  await exchange(alice, bob);
  expect(listNames(bob)).toEqual(['.', '..', 'letter.txt']);
  await expect.poll(() => readFile(bob, 'letter.txt')).toBe('the same');
});
