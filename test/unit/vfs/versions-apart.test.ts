import { describe, expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { collisionWith } from '../../../src/conflicts/collision.ts';
import { placeAt } from '../../../src/conflicts/find-path.ts';
import { take } from '../../../src/conflicts/settle.ts';
import { actingOf, createdMs } from '../../support/replica-world.ts';
import { noise } from '../content/world.ts';
import {
  caller,
  closeHandle,
  connect,
  edit,
  exchange,
  flags,
  listNames,
  named,
  Peers,
  readFile,
  root,
  tell,
  writeFile,
  writeText,
  type Peer,
} from './peers.ts';

// One file that two people changed while they were apart: both versions are files with bytes afterwards, on every peer.

const day = new Date(createdMs).toISOString().slice(0, 10);
const byAlice = `letter (conflict, user1, ${day})`;

async function apart(peers: Peers, text = 'old'): Promise<Apart> {
  const alice = peers.open({ device: 1, folders: peers.folders() });
  const bob = peers.open({ device: 2, folders: peers.folders() });
  const inode = await writeFile(alice, 'letter', text);
  connect(alice, bob);
  await exchange(alice, bob);
  await readFile(bob, 'letter');
  return { alice, bob, inode };
}

interface Apart {
  readonly alice: Peer;
  readonly bob: Peer;
  readonly inode: InodeId;
}

/** Alice first, then bob, each without the other. */
async function editApart({ alice, bob, inode }: Apart, peers: Peers): Promise<void> {
  await edit(alice, inode, 'by alice');
  peers.clock.advance(60_000);
  await edit(bob, inode, 'by bob');
}

describe('both versions are there on both peers', () => {
  test('when nobody has the file open', async () => {
    await using peers = new Peers();
    const both = await apart(peers);
    await editApart(both, peers);
    await exchange(both.alice, both.bob);
    for (const peer of [both.alice, both.bob]) {
      expect(listNames(peer)).toEqual(['.', '..', 'letter', byAlice]);
      expect(await readFile(peer, 'letter')).toBe('by bob');
      expect(await readFile(peer, byAlice)).toBe('by alice');
    }
  });

  test('when only their author has them, and he is asked later', async () => {
    await using peers = new Peers();
    const { alice, bob, inode } = await apart(peers);
    await edit(alice, inode, 'by alice');
    peers.clock.advance(60_000);
    await edit(bob, inode, 'by bob');
    await exchange(alice, bob);
    // Alice shows and fetches the other version first; hers must not have gone for that.
    expect(await readFile(alice, 'letter')).toBe('by bob');
    alice.content.removeSource('b');
    expect(await readFile(alice, byAlice)).toBe('by alice');
    expect(await readFile(bob, byAlice)).toBe('by alice');
  });

  test('of a large file of which both hold only what they wrote', async () => {
    await using peers = new Peers();
    const text = noise(5 * 1024 * 1024 + 17).toString('latin1');
    const { alice, bob, inode } = await apart(peers, text);
    await edit(alice, inode, 'ALICE', 0);
    peers.clock.advance(60_000);
    await edit(bob, inode, 'BOB', 0);
    await exchange(alice, bob);
    for (const peer of [alice, bob]) {
      expect(await sampleOf(peer, 'letter', text.length)).toBe(`BOB${text.slice(3)}`);
      expect(await sampleOf(peer, byAlice, text.length)).toBe(`ALICE${text.slice(5)}`);
    }
  });

  test('when both have it open and go on writing', async () => {
    await using peers = new Peers();
    const { alice, bob, inode } = await apart(peers, 'x'.repeat(100));
    const [a, b] = [
      await alice.fs.open(caller, inode, flags.readWrite),
      await bob.fs.open(caller, inode, flags.readWrite),
    ];
    await writeText(alice, a, 'alice 1');
    await alice.fs.flush(a);
    peers.clock.advance(60_000);
    await writeText(bob, b, 'bob 1');
    await bob.fs.flush(b);
    await writeText(alice, a, 'alice 2', 50);
    await exchange(alice, bob);
    await closeHandle(alice, a);
    await closeHandle(bob, b);
    await exchange(alice, bob);
    await exchange(alice, bob);
    const texts = await allTexts(alice);
    expect(texts.toSorted()).toEqual((await allTexts(bob)).toSorted());
    expect(texts).toContain(`alice 1${'x'.repeat(43)}alice 2${'x'.repeat(43)}`);
    expect(texts).toContain(`bob 1${'x'.repeat(95)}`);
    expect(texts).toHaveLength(2);
  });

  test('when one is removed from beside the file, the other alone', async () => {
    await using peers = new Peers();
    const both = await apart(peers);
    await editApart(both, peers);
    await exchange(both.alice, both.bob);
    both.bob.fs.unlink(caller, root, named(byAlice));
    await exchange(both.alice, both.bob);
    for (const peer of [both.alice, both.bob]) {
      expect(listNames(peer)).toEqual(['.', '..', 'letter']);
      expect(await readFile(peer, 'letter')).toBe('by bob');
      expect(peer.home.replica.node(both.inode)?.heads).toHaveLength(1);
    }
  });

  test('when one is renamed before its author has heard of the conflict', async () => {
    await using peers = new Peers();
    const both = await apart(peers);
    await editApart(both, peers);
    // Bob learns of alice's version, without its bytes; she learns of his and of what he did about it at once.
    both.bob.content.removeSource('a');
    await tell(both.alice, both.bob);
    both.bob.fs.rename(caller, root, named(byAlice), root, named('hers'), 'replace');
    await tell(both.bob, both.alice);
    await expect.poll(() => readFile(both.alice, 'letter')).toBe('by bob');
    expect(listNames(both.alice)).toEqual(['.', '..', 'letter', 'hers']);
    both.alice.content.removeSource('b');
    expect(await readFile(both.alice, 'hers')).toBe('by alice');
  });

  test('when the file itself is removed, the other one as a file of its own', async () => {
    await using peers = new Peers();
    const both = await apart(peers);
    await editApart(both, peers);
    both.bob.content.removeSource('a');
    await tell(both.alice, both.bob);
    both.bob.fs.unlink(caller, root, named('letter'));
    await tell(both.bob, both.alice);
    peers.clock.advance(120_000);
    both.alice.content.removeSource('b');
    expect(await readFile(both.alice, byAlice)).toBe('by alice');
  });
});

describe('a daemon that dies', () => {
  test('between the merge and the moving of the bytes moves them at its next start', async () => {
    await using peers = new Peers();
    const folders = peers.folders();
    const alice = peers.open({ device: 1, folders });
    const bob = peers.open({ device: 2 });
    const inode = await writeFile(alice, 'letter', 'old');
    connect(alice, bob);
    await exchange(alice, bob);
    await edit(alice, inode, 'by alice');
    peers.clock.advance(60_000);
    await edit(bob, inode, 'by bob');
    await peers.close(alice);
    await peers.diesWhileMerging(1, folders, bob);

    const again = peers.open({ device: 1, folders });
    connect(again, bob);
    expect(await readFile(again, 'letter')).toBe('by bob');
    again.content.removeSource('b');
    expect(await readFile(again, byAlice)).toBe('by alice');
  });

  test('after it heard which version was taken, has its bytes under the name at its next start', async () => {
    await using peers = new Peers();
    const folders = peers.folders();
    const alice = peers.open({ device: 1, folders });
    const bob = peers.open({ device: 2 });
    const inode = await writeFile(alice, 'letter', 'old');
    connect(alice, bob);
    await exchange(alice, bob);
    await edit(alice, inode, 'by alice');
    peers.clock.advance(60_000);
    await edit(bob, inode, 'by bob');
    await exchange(alice, bob);
    expect(await readFile(alice, byAlice)).toBe('by alice');
    await peers.close(alice);
    const { replica, who } = bob.home;
    const collision = collisionWith(replica, placeAt(replica, 'letter')!)!;
    take({ replica, acting: actingOf(who) }, collision, collision.contenders[1]!);
    await peers.diesWhileMerging(1, folders, bob);

    const again = peers.open({ device: 1, folders });
    expect(listNames(again)).toEqual(['.', '..', 'letter']);
    expect(await readFile(again, 'letter')).toBe('by alice');
  });

  test('with changes that it had not told yet has them in its own version', async () => {
    await using peers = new Peers();
    const folders = peers.folders();
    const alice = peers.open({ device: 1, folders });
    const bob = peers.open({ device: 2 });
    const text = 'x'.repeat(200_000);
    const inode = await writeFile(alice, 'letter', text);
    connect(alice, bob);
    await exchange(alice, bob);
    await readFile(bob, 'letter');
    await edit(alice, inode, 'alice', 0);
    const handle = await alice.fs.open(caller, inode, flags.readWrite);
    await writeText(alice, handle, 'more by alice', 100_000);
    peers.clock.advance(500);
    await edit(bob, inode, 'by bob', 0);
    await peers.kill(alice);
    await peers.diesWhileMerging(1, folders, bob);

    const again = peers.open({ device: 1, folders });
    connect(again, bob);
    peers.clock.advance(2_000);
    await again.fs.publishAll();
    await exchange(again, bob);
    const texts = await allTexts(again);
    expect(texts).toHaveLength(2);
    const hers = `alice${text.slice(5, 100_000)}more by alice`;
    expect(texts.some((found) => found.startsWith(hers))).toBe(true);
    expect(texts.some((found) => found === `by bob${text.slice(6)}`)).toBe(true);
  });
});

test('an edit of a version beside the file makes a file of it, with all its bytes', async () => {
  await using peers = new Peers();
  const both = await apart(peers, 'x'.repeat(150_000));
  await edit(both.alice, both.inode, 'by alice', 0);
  peers.clock.advance(60_000);
  await edit(both.bob, both.inode, 'by bob', 0);
  await exchange(both.alice, both.bob);
  const { inode } = both.bob.fs.lookup(caller, root, named(byAlice));
  const handle = await both.bob.fs.open(caller, inode, flags.readWrite);
  await writeText(both.bob, handle, 'and bob', 100_000);
  await closeHandle(both.bob, handle);
  await exchange(both.alice, both.bob);
  const expected = `by alice${'x'.repeat(99_992)}and bob${'x'.repeat(49_993)}`;
  for (const peer of [both.alice, both.bob]) {
    expect(await readFile(peer, byAlice)).toBe(expected);
    expect(peer.home.replica.node(both.inode)?.heads).toHaveLength(1);
    expect(peer.home.replica.node(inode)?.conflictOf).toBeNull();
  }
});

test('a peer that shows the version only under the file itself serves whoever shows it beside', async () => {
  await using peers = new Peers();
  const { alice, bob, inode } = await apart(peers);
  const carol = peers.open({ device: 3 });
  await tell(alice, carol);
  await edit(alice, inode, 'by alice'.padEnd(100_000, '.'));
  peers.clock.advance(60_000);
  await edit(bob, inode, 'by bob');
  // Carol hears of both versions, alice of none but her own.
  await tell(alice, carol);
  await tell(bob, carol);
  connect(carol, alice);
  expect(await readFile(carol, byAlice)).toBe('by alice'.padEnd(100_000, '.'));
});

test('a truncation counts for the version under the name', async () => {
  await using peers = new Peers();
  const both = await apart(peers);
  await editApart(both, peers);
  await exchange(both.alice, both.bob);
  await both.alice.fs.setAttributes(caller, both.inode, { size: 4 });
  await exchange(both.alice, both.bob);
  for (const peer of [both.alice, both.bob]) {
    expect(await readFile(peer, 'letter')).toBe('by b');
    expect(await readFile(peer, byAlice)).toBe('by alice');
  }
});

async function allTexts(peer: Peer): Promise<string[]> {
  const names = listNames(peer).filter((name) => !name.startsWith('.'));
  const texts: string[] = [];
  for (const name of names) texts.push(await readFile(peer, name));
  return texts;
}

/** Of a file too long for one read of `readFile`. */
async function sampleOf(peer: Peer, name: string, length: number): Promise<string> {
  const { inode } = peer.fs.lookup(caller, root, named(name));
  const handle = await peer.fs.open(caller, inode, flags.read);
  const target = Buffer.alloc(length);
  for (let at = 0; at < length;)
    at += await peer.fs.read(handle, at, target.subarray(at), undefined);
  await closeHandle(peer, handle);
  return target.toString('latin1');
}

test('what was written to a file without a name, and closed, is told when somebody else brings it back', async () => {
  await using peers = new Peers();
  const alice = peers.open({ device: 1 });
  const bob = peers.open({ device: 2 });
  const carol = peers.open({ device: 3 });
  connect(alice, bob);
  connect(alice, carol);
  connect(bob, carol);
  const inode = await writeFile(alice, 'letter', 'old');
  await writeFile(carol, 'introduces carol', '');
  await exchange(alice, carol);
  await exchange(alice, bob);
  const handle = await bob.fs.open(caller, inode, flags.readWrite);
  alice.fs.unlink(caller, root, named('letter'));
  await exchange(alice, bob);
  await writeText(bob, handle, 'by bob');
  await closeHandle(bob, handle);
  peers.clock.advance(minuteMs);

  await edit(carol, inode, 'by carol');
  await exchange(carol, bob);
  peers.clock.advance(minuteMs);
  await expect.poll(() => textsIn(bob)).toEqual(['by bob', 'by carol']);
  await exchange(carol, bob);
  expect(await textsIn(carol)).toEqual(['by bob', 'by carol']);
});

const minuteMs = 60_000;

/** What the files of the root hold, sorted. */
async function textsIn(peer: Peer): Promise<string[]> {
  const texts: string[] = [];
  for (const name of listNames(peer).filter((each) => each.startsWith('letter'))) {
    texts.push(await readFile(peer, name));
  }
  return texts.sort();
}
