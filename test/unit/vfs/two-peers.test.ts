import type { InTouch } from '../../../src/vfs/options.ts';
import { describe, expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import {
  caller,
  closeHandle,
  connect,
  createFile,
  exchange,
  flags,
  listNames,
  named,
  Peers,
  readFile,
  readHandle,
  root,
  writeFile,
  writeText,
  type Peer,
} from './peers.ts';

// Two file systems whose replicas and content stores exchange what they have. `told` is what an observer must pass on to the kernel.

function twoPeers(peers: Peers, inTouch: InTouch = () => false): { alice: Peer; bob: Peer } {
  const alice = peers.open({ device: 1, inTouch });
  const bob = peers.open({ device: 2, inTouch });
  connect(alice, bob);
  return { alice, bob };
}

/** Notices that follow asynchronously (new content is compared first). */
async function told(peer: Peer, expected: string): Promise<void> {
  await expect.poll(() => peer.told).toContain(expected);
}

describe('what one peer does, the other sees', () => {
  test('a new file with its bytes', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    await writeFile(alice, 'letter', 'dear bob');
    await exchange(alice, bob);
    expect(await readFile(bob, 'letter')).toBe('dear bob');
  });

  test('edits in turn, without a conflict', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'letter', 'dear bob');
    await exchange(alice, bob);
    for (const [peer, text] of [
      [bob, 'DEAR'],
      [alice, 'Dear'],
      [bob, 'dEAR'],
    ] as const) {
      const handle = await peer.fs.open(caller, inode, flags.readWrite);
      await writeText(peer, handle, text);
      await closeHandle(peer, handle);
      await exchange(alice, bob);
      expect(await readFile(alice, 'letter')).toBe(`${text} bob`);
      expect(await readFile(bob, 'letter')).toBe(`${text} bob`);
    }
    expect(alice.home.replica.node(inode)?.heads).toHaveLength(1);
  });

  test('an edit after the same bytes were written again, which do not come back over it', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'letter', 'the same');
    const again = await alice.fs.open(caller, inode, flags.write | flags.truncate);
    await writeText(alice, again, 'the same');
    await closeHandle(alice, again);
    await exchange(alice, bob);
    const handle = await bob.fs.open(caller, inode, flags.write | flags.truncate);
    await writeText(bob, handle, 'by bob');
    await closeHandle(bob, handle);
    await exchange(alice, bob);
    expect(await readFile(alice, 'letter')).toBe('by bob');
    peers.clock.advance(5_000);
    await alice.fs.publishAll();
    await exchange(alice, bob);
    expect(await readFile(bob, 'letter')).toBe('by bob');
  });

  test('an edit under a file that the other has open and changed, which lies on top', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers, () => true);
    const blocks = 'a'.repeat(65_536) + 'b'.repeat(65_536);
    const inode = await writeFile(alice, 'letter', blocks);
    await exchange(alice, bob);
    bob.fs.lookup(caller, root, named('letter'));
    const open = await bob.fs.open(caller, inode, flags.readWrite);
    await bob.fs.read(open, 0, Buffer.alloc(131_072), undefined);
    await writeText(bob, open, 'BOB', 65_536);

    const handle = await alice.fs.open(caller, inode, flags.readWrite);
    await writeText(alice, handle, 'ALICE');
    await closeHandle(alice, handle);
    await exchange(alice, bob);

    await told(bob, `content ${inode} 0 65536`);
    await closeHandle(bob, open);
    await exchange(alice, bob);
    const text = `ALICE${'a'.repeat(65_531)}BOB${'b'.repeat(65_533)}`;
    expect(await readFile(bob, 'letter')).toBe(text);
    expect(await readFile(alice, 'letter')).toBe(text);
    expect(bob.home.replica.node(inode)?.heads).toHaveLength(1);
  });

  test('bytes of the newest version through a handle that was opened before', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'letter', 'old');
    await exchange(alice, bob);
    const open = await bob.fs.open(caller, inode, flags.read);
    expect(await readHandle(bob, open)).toBe('old');
    const handle = await alice.fs.open(caller, inode, flags.write | flags.truncate);
    await writeText(alice, handle, 'newer');
    await closeHandle(alice, handle);
    await exchange(alice, bob);
    await expect.poll(() => readHandle(bob, open)).toBe('newer');
  });

  test('edits made apart keep both, and each head once', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'letter', 'old');
    await exchange(alice, bob);
    for (const peer of [alice, bob]) {
      for (const round of ['1', '2']) {
        const handle = await peer.fs.open(caller, inode, flags.write | flags.truncate);
        await writeText(peer, handle, `${peer === alice ? 'alice' : 'bob'} ${round}`);
        await closeHandle(peer, handle);
      }
      peers.clock.advance(1);
    }
    await exchange(alice, bob);
    expect(alice.home.replica.node(inode)?.heads).toHaveLength(2);
    await expect.poll(() => readFile(alice, 'letter')).toBe('bob 2');
    expect(await readFile(bob, 'letter')).toBe('bob 2');
  });
});

describe('the kernel is told of', () => {
  test('nothing that its own requests did', async () => {
    await using peers = new Peers();
    const { alice } = twoPeers(peers);
    const inode = await writeFile(alice, 'a', 'text');
    alice.fs.rename(caller, root, named('a'), root, named('b'), 'replace');
    await alice.fs.setAttributes(caller, inode, { mode: 0o600 });
    await alice.fs.setAttributes(caller, inode, { size: 1 });
    alice.fs.unlink(caller, root, named('b'));
    expect(alice.told).toEqual([]);
  });

  test('times that it was told before they were final', async () => {
    await using peers = new Peers();
    const { alice } = twoPeers(peers);
    const { inode, handle } = await createFile(alice, 'a');
    await writeText(alice, handle, 'text');
    alice.fs.attributes(inode);
    peers.clock.advance(1_000);
    expect(alice.told).toEqual([`attributes ${inode}`]);
  });

  test('a new name, which it may know not to be there', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    await writeFile(alice, 'new', 'text');
    await exchange(alice, bob);
    expect(bob.told).toContain(`entry ${root} new none`);
    expect(bob.told).toContain(`attributes ${root}`);
    expect(bob.told.every((notice) => /^(entry|attributes) 1( |$)/.test(notice))).toBe(true);
  });

  test('a name that is gone, with the inode that went', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'old', 'text');
    await exchange(alice, bob);
    bob.fs.lookup(caller, root, named('old'));
    bob.told.length = 0;
    alice.fs.unlink(caller, root, named('old'));
    await exchange(alice, bob);
    expect(bob.told.toSorted()).toEqual(
      [`attributes ${root}`, `attributes ${inode}`, `entry ${root} old ${inode}`].toSorted(),
    );
  });

  test('attributes of what it knows, and of nothing else', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const known = await writeFile(alice, 'known', 'text');
    const unknown = await writeFile(alice, 'unknown', 'text');
    await exchange(alice, bob);
    bob.fs.lookup(caller, root, named('known'));
    bob.told.length = 0;
    for (const inode of [known, unknown]) {
      await alice.fs.setAttributes(caller, inode, { mode: 0o600 });
    }
    await exchange(alice, bob);
    expect(bob.told).toEqual([`attributes ${known}`]);
    expect(bob.fs.attributes(known).mode).toBe(0o600);
  });

  test('nothing below a directory that it does not know', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const directory = alice.fs.makeDirectory(caller, root, named('far'), 0o755).inode;
    await exchange(alice, bob);
    bob.told.length = 0;
    await writeFile(alice, 'file', 'text', directory);
    await exchange(alice, bob);
    expect(bob.told).toEqual([]);
  });

  test('exactly the bytes that changed in a file that is open', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'film', 'x'.repeat(300_000));
    await exchange(alice, bob);
    bob.fs.lookup(caller, root, named('film'));
    const open = await bob.fs.open(caller, inode, flags.read);
    await readHandle(bob, open);
    bob.told.length = 0;
    const handle = await alice.fs.open(caller, inode, flags.readWrite);
    await writeText(alice, handle, 'y', 70_000);
    await closeHandle(alice, handle);
    await exchange(alice, bob);
    await told(bob, `content ${inode} 65536 65536`);
    expect(bob.told).toEqual([`content ${inode} 65536 65536`]);
  });

  test('new content of a closed file by its attributes, and by dropping its pages at the next open', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'file', 'old');
    await exchange(alice, bob);
    bob.fs.lookup(caller, root, named('file'));
    await closeHandle(bob, await bob.fs.open(caller, inode, flags.read));
    bob.told.length = 0;
    const handle = await alice.fs.open(caller, inode, flags.readWrite);
    await writeText(alice, handle, 'newer');
    await closeHandle(alice, handle);
    await exchange(alice, bob);
    expect(bob.told).toEqual([`attributes ${inode}`]);
    expect(bob.fs.attributes(inode).size).toBe(5);
    expect((await bob.fs.open(caller, inode, flags.read)).keepCache).toBe(false);
    expect((await bob.fs.open(caller, inode, flags.read)).keepCache).toBe(true);
  });

  test('what others on this machine do beside its requests', async () => {
    await using peers = new Peers();
    const { alice } = twoPeers(peers);
    const inode = await writeFile(alice, 'file', 'text');
    const seen = alice.home.replica.node(inode)?.heads[0]?.id ?? null;
    const refusal = alice.home.replica.perform(
      { uid: 0, gids: [0] },
      { kind: 'unlink', parent: root, name: named('file'), inode, seen },
    );
    expect(refusal).toBeUndefined();
    expect(alice.told).toContain(`entry ${root} file ${inode}`);
  });
});

describe('a file that is removed elsewhere while it is open here', () => {
  test('goes on working', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'file', 'hello world');
    await exchange(alice, bob);
    bob.fs.lookup(caller, root, named('file'));
    const open = await bob.fs.open(caller, inode, flags.readWrite);
    await readHandle(bob, open);
    alice.fs.unlink(caller, root, named('file'));
    await exchange(alice, bob);
    await writeText(bob, open, 'HELLO');
    expect(await readHandle(bob, open)).toBe('HELLO world');
    expect(bob.fs.attributes(inode).links).toBe(0);
    await closeHandle(bob, open);
    expect(listNames(bob)).toEqual(['.', '..']);
  });

  test('can still be read from the peer that removed it', async () => {
    await using peers = new Peers();
    const { alice, bob } = twoPeers(peers);
    const inode = await writeFile(alice, 'file', 'hello world');
    await exchange(alice, bob);
    const open = await bob.fs.open(caller, inode, flags.read);
    alice.fs.unlink(caller, root, named('file'));
    alice.fs.forget(inode, 1);
    await exchange(alice, bob);
    peers.clock.advance(30_000);
    expect(await readHandle(bob, open)).toBe('hello world');
  });
});

test('an edit made here before the removal elsewhere was known brings the file back', async () => {
  await using peers = new Peers();
  const { alice, bob } = twoPeers(peers);
  const inode: InodeId = await writeFile(alice, 'file', 'text');
  await exchange(alice, bob);
  const open = await bob.fs.open(caller, inode, flags.readWrite);
  await readHandle(bob, open);
  alice.fs.unlink(caller, root, named('file'));
  alice.fs.forget(inode, 1);
  peers.clock.advance(1);
  await writeText(bob, open, 'TEXT');
  await closeHandle(bob, open);
  await exchange(alice, bob);
  expect(await readFile(alice, 'file')).toBe('TEXT');
  expect(await readFile(bob, 'file')).toBe('TEXT');
});

test('what could not be written before the daemon was killed cuts nothing off that somebody else appended', async () => {
  await using peers = new Peers();
  const folders = peers.folders();
  const alice = peers.open({ device: 1 });
  const bob = peers.open({ device: 2, folders });
  const inode = await writeFile(alice, 'file', 'first line\n');
  await exchange(alice, bob);
  const handle = await bob.fs.open(caller, inode, flags.readWrite | flags.append);
  const failed = writeText(bob, handle, 'by bob').catch(codeOf);
  await expect
    .poll(async () => {
      peers.clock.advance(5_000);
      return Promise.race([failed, Promise.resolve('waits')]);
    })
    .toBe('EIO');
  await closeHandle(bob, handle);
  const open = await alice.fs.open(caller, inode, flags.readWrite | flags.append);
  await writeText(alice, open, 'second line\n', 11);
  await closeHandle(alice, open);
  await exchange(alice, bob);
  await peers.kill(bob);

  const again = peers.open({ device: 2, folders });
  connect(alice, again);
  peers.clock.advance(2_000);
  expect(await readFile(again, 'file')).toBe('first line\nsecond line\n');
  await exchange(alice, again);
  expect(await readFile(alice, 'file')).toBe('first line\nsecond line\n');
});

function codeOf(error: unknown): string {
  return error instanceof PosixError ? error.code : String(error);
}
