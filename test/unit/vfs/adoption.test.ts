import { expect, test } from 'vitest';
import type { ContentStore } from '../../../src/content/content-store.ts';
import type { FileContentStore } from '../../../src/content/store.ts';
import {
  caller,
  closeHandle,
  connect,
  exchange,
  flags,
  listNames,
  Peers,
  readFile,
  readHandle,
  root,
  named,
  writeFile,
  writeText,
  type Peer,
} from './peers.ts';
import { wrapped } from './wrapped.ts';

// A file that is in use here gets a new version from elsewhere, at inconvenient moments.

test('a version that arrives while another is being hashed goes under it, not beside it', async () => {
  await using peers = new Peers();
  const [alice, bob] = [peers.open(), peers.open({ device: 2, inTouch: () => true })];
  connect(alice, bob);
  const inode = await writeFile(alice, 'file', 'a'.repeat(1 << 20));
  await exchange(alice, bob);
  const open = await bob.fs.open(caller, inode, flags.readWrite);
  await writeText(bob, open, 'b'.repeat(1 << 19), 1 << 19);
  const hashing = bob.fs.flush(open);
  expect(hashing).toBeInstanceOf(Promise);
  await edit(alice, inode, 'ALICE');
  await exchange(alice, bob);
  await hashing;
  await bob.fs.release(open);
  await exchange(alice, bob);
  for (const peer of [alice, bob]) {
    expect(peer.home.replica.node(inode)?.heads).toHaveLength(1);
    const text = await textOf(peer, inode);
    expect(text.slice(0, 5)).toBe('ALICE');
    expect(text.slice((1 << 19) - 1, (1 << 19) + 1)).toBe('ab');
  }
});

test('a version that cannot be had yet is tried again, and readers keep the old one until then', async () => {
  await using peers = new Peers();
  const failing = new FailingAdoptions();
  const alice = peers.open();
  const bob = peers.open({ device: 2, wrapContent: failing.wrap });
  connect(alice, bob);
  const inode = await writeFile(alice, 'file', 'old');
  await exchange(alice, bob);
  bob.fs.lookup(caller, root, named('file'));
  const open = await bob.fs.open(caller, inode, flags.read);
  expect(await readHandle(bob, open)).toBe('old');
  failing.fails = true;
  await edit(alice, inode, 'new');
  await exchange(alice, bob);
  await expect.poll(() => failing.attempts).toBe(1);
  expect(await readHandle(bob, open)).toBe('old');
  failing.fails = false;
  bob.told.length = 0;
  peers.clock.advance(1_000);
  await expect.poll(() => bob.told).toEqual([`content ${inode} 0 3`]);
  expect(await readHandle(bob, open)).toBe('new');
});

test('what is written while a version cannot be had is published beside it', async () => {
  await using peers = new Peers();
  const failing = new FailingAdoptions();
  const alice = peers.open();
  const bob = peers.open({ device: 2, wrapContent: failing.wrap });
  connect(alice, bob);
  const inode = await writeFile(alice, 'file', 'old');
  await exchange(alice, bob);
  const open = await bob.fs.open(caller, inode, flags.readWrite);
  await readHandle(bob, open);
  failing.fails = true;
  await edit(alice, inode, 'new');
  await exchange(alice, bob);
  await expect.poll(() => failing.attempts).toBe(1);
  await writeText(bob, open, 'bob');
  await closeHandle(bob, open);
  await exchange(alice, bob);
  expect(alice.home.replica.node(inode)?.heads).toHaveLength(2);
});

test.each([
  ['while he was away', false],
  ['long before it came over a slow link', true],
])(
  'a version that its author made %s stays whole beside what is written meanwhile',
  async (_, inTouch) => {
    await using peers = new Peers();
    const [alice, bob] = [peers.open(), peers.open({ device: 2, inTouch: () => inTouch })];
    connect(alice, bob);
    const inode = await writeFile(alice, 'file', 'old text');
    await exchange(alice, bob);
    const open = await bob.fs.open(caller, inode, flags.readWrite);
    await readHandle(bob, open);
    await edit(alice, inode, 'a day of work');
    peers.clock.advance(60_000);
    await writeText(bob, open, 'OLD');
    await exchange(alice, bob);
    await closeHandle(bob, open);
    await exchange(alice, bob);
    for (const peer of [alice, bob])
      expect(await bothTexts(peer)).toEqual(['OLD text', 'a day of work']);
  },
);

test('what a crash left of a change, of which bytes are not known, lies over nothing that came since', async () => {
  await using peers = new Peers();
  const folders = peers.folders();
  const alice = peers.open();
  const bob = peers.open({ device: 2, folders });
  connect(alice, bob);
  const inode = await writeFile(alice, 'file', 'old text');
  await exchange(alice, bob);
  const open = await bob.fs.open(caller, inode, flags.readWrite);
  await writeText(bob, open, 'OLD');
  await peers.kill(bob);
  const again = peers.open({
    ...{ device: 2, folders },
    inTouch: (_, sinceMs) => sinceMs >= 0,
  });
  connect(alice, again);
  await edit(alice, inode, 'TEXT', 4);
  await exchange(alice, again);
  peers.clock.advance(2000);
  await again.fs.publishAll();
  await exchange(alice, again);
  for (const peer of [alice, again])
    expect(await bothTexts(peer)).toEqual(['OLD text', 'old TEXT']);
});

/** Of the file and of the version beside it. */
async function bothTexts(peer: Peer): Promise<string[]> {
  const names = listNames(peer).filter((name) => !name.startsWith('.'));
  const texts: string[] = [];
  for (const name of names) texts.push(await readFile(peer, name));
  return texts.sort();
}

async function edit(
  peer: Peer,
  inode: Parameters<Peer['fs']['attributes']>[0],
  text: string,
  at = 0,
) {
  const handle = await peer.fs.open(caller, inode, flags.readWrite);
  await writeText(peer, handle, text, at);
  await closeHandle(peer, handle);
}

async function textOf(peer: Peer, inode: Parameters<Peer['fs']['attributes']>[0]) {
  const handle = await peer.fs.open(caller, inode, flags.read);
  const target = Buffer.alloc(1 << 21);
  const length = await peer.fs.read(handle, 0, target, undefined);
  await peer.fs.release(handle);
  return target.toString('latin1', 0, length);
}

class FailingAdoptions {
  fails = false;
  attempts = 0;

  readonly wrap = (content: FileContentStore): ContentStore =>
    wrapped(content, 'adopt', (adopt) => (file: never, version: never) => {
      this.attempts += 1;
      if (this.fails) return Promise.reject(new Error('no peer has its pages'));
      return adopt.call(content, file, version);
    });
}
