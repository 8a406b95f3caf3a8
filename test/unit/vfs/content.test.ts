import { describe, expect, test } from 'vitest';
import type { FileContentStore } from '../../../src/content/store.ts';
import type { ContentStore, OpenContent } from '../../../src/content/content-store.ts';
import { posixErrors } from '../../../src/vfs/posix-error.ts';
import {
  caller,
  closeHandle,
  createFile,
  flags,
  named,
  outcome,
  Peers,
  readHandle,
  readInode,
  root,
  writeFile,
  writeText,
  type Peer,
} from './peers.ts';
import { wrapped } from './wrapped.ts';

function sizeInTree({ home }: Peer, inode: Parameters<Peer['fs']['attributes']>[0]) {
  return home.replica.node(inode)?.heads[0]?.size;
}

describe('writing', () => {
  test('is seen at once, and told to the tree when the file is closed', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'hello');
    expect(peer.fs.attributes(inode).size).toBe(5);
    expect(await readHandle(peer, handle)).toBe('hello');
    expect(sizeInTree(peer, inode)).toBeUndefined();
    await peer.fs.flush(handle);
    expect(sizeInTree(peer, inode)).toBe(5);
    expect(peer.fs.unpublishedFiles).toBe(0);
  });

  test('is told after a second when the file stays open', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'hello');
    peers.clock.advance(900);
    await writeText(peer, handle, 'world', 5);
    expect(sizeInTree(peer, inode)).toBeUndefined();
    peers.clock.advance(100);
    expect(sizeInTree(peer, inode)).toBe(10);
  });

  test('through several handles in append mode goes to the end each time', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'start ');
    const one = await peer.fs.open(caller, inode, flags.write | flags.append);
    const two = await peer.fs.open(caller, inode, flags.write | flags.append);
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((text, index) => writeText(peer, index % 2 ? two : one, text)),
    );
    expect(await readInode(peer, inode)).toBe('start abcd');
  });

  test('over the largest size writes what fits', async () => {
    await using peers = new Peers();
    const peer = peers.open({ limits: { maximumFileBytes: 10 } });
    const { inode, handle } = await createFile(peer, 'file');
    expect(await writeText(peer, handle, 'hello', 8)).toBe(2);
    expect(peer.fs.attributes(inode).size).toBe(10);
  });

  test('behind the end leaves zeros in between', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'x', 3);
    expect(await readHandle(peer, handle)).toBe('\0\0\0x');
  });
});

describe('a file without a name', () => {
  test('is read and written while it is open, and is never told to the tree', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    peer.fs.unlink(caller, root, named('file'));
    await writeText(peer, handle, 'secret');
    expect(await readHandle(peer, handle)).toBe('secret');
    expect(peer.fs.attributes(inode)).toMatchObject({ links: 0, size: 6 });
    peers.clock.advance(5_000);
    await closeHandle(peer, handle);
    expect(sizeInTree(peer, inode)).toBeUndefined();
    expect(peer.fs.unpublishedFiles).toBe(0);
  });

  test('leaves the disk a while after nobody needs it any more', async () => {
    await using peers = new Peers();
    const peer = peers.open({ limits: { removedContentMs: 10_000 } });
    const inode = await writeFile(peer, 'file', 'bytes');
    const handle = await peer.fs.open(caller, inode, flags.read);
    peer.fs.unlink(caller, root, named('file'));
    const bytes = () => peer.content.residentBytes(inode as never, null);
    peers.clock.advance(20_000);
    expect(bytes()).toBeGreaterThan(0);
    await closeHandle(peer, handle);
    peers.clock.advance(20_000);
    expect(bytes()).toBeGreaterThan(0);
    peer.fs.forget(inode, 1);
    peers.clock.advance(9_000);
    expect(bytes()).toBeGreaterThan(0);
    peers.clock.advance(1_000);
    expect(bytes()).toBe(0);
  });

  test('stays when it has another name', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'bytes');
    await peer.fs.link(caller, inode, root, named('other'));
    peer.fs.unlink(caller, root, named('file'));
    peer.fs.forget(inode, 2);
    peers.clock.advance(1_000_000);
    expect(await readInode(peer, inode)).toBe('bytes');
  });

  test('is gone at once when the file system is closed', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'bytes');
    peer.fs.unlink(caller, root, named('file'));
    peer.fs.forget(inode, 1);
    await peer.fs.close();
    expect(peer.content.residentBytes(inode as never, null)).toBe(0);
  });
});

describe('truncation', () => {
  test('without a handle is told to the tree at once', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'hello');
    expect((await peer.fs.setAttributes(caller, inode, { size: 2 })).size).toBe(2);
    expect(sizeInTree(peer, inode)).toBe(2);
    await peer.fs.setAttributes(caller, inode, { size: 4 });
    expect(await readInode(peer, inode)).toBe('he\0\0');
  });

  test('through a handle is told when the handle is closed', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'hello');
    const handle = await peer.fs.open(caller, inode, flags.readWrite);
    expect((await peer.fs.setAttributes(caller, inode, { size: 2, handle })).size).toBe(2);
    expect(sizeInTree(peer, inode)).toBe(5);
    await closeHandle(peer, handle);
    expect(sizeInTree(peer, inode)).toBe(2);
  });

  test('by opening is one publication with what is written then', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'hello world');
    const handle = await peer.fs.open(caller, inode, flags.write | flags.truncate);
    expect(peer.fs.attributes(inode).size).toBe(0);
    await writeText(peer, handle, 'new');
    await closeHandle(peer, handle);
    expect(await readInode(peer, inode)).toBe('new');
    expect(peer.home.replica.node(inode)?.heads).toHaveLength(1);
  });
});

describe('ranges', () => {
  test('a punched hole reads as zeros and leaves the size', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'hello world');
    await peer.fs.allocate(caller, handle, 3, 2, 6);
    expect(await readHandle(peer, handle)).toBe('he\0\0\0\0\0\0rld');
    await peer.fs.allocate(caller, handle, 3, 8, 100);
    expect(peer.fs.attributes(inode).size).toBe(11);
  });

  test('zeroing grows the file unless its size is to be kept', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'hello');
    await peer.fs.allocate(caller, handle, 0x11, 3, 10);
    expect(peer.fs.attributes(inode).size).toBe(5);
    await peer.fs.allocate(caller, handle, 0x10, 3, 10);
    expect(peer.fs.attributes(inode).size).toBe(13);
    expect(await readHandle(peer, handle)).toBe('hel' + '\0'.repeat(10));
  });

  test('allocating grows the file unless its size is to be kept', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    await peer.fs.allocate(caller, handle, 1, 0, 100);
    expect(peer.fs.attributes(inode).size).toBe(0);
    await peer.fs.allocate(caller, handle, 0, 0, 100);
    expect(peer.fs.attributes(inode).size).toBe(100);
  });

  test('data and holes are found', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'x', 1 << 20);
    expect(await peer.fs.seek(handle, 0, 3)).toBe(1 << 20);
    expect(await peer.fs.seek(handle, 0, 4)).toBe(0);
    expect(await peer.fs.seek(handle, 1 << 20, 4)).toBe((1 << 20) + 1);
  });

  test('are copied within a file and between files, and no further than the end', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'hello world');
    const from = await peer.fs.open(caller, inode, flags.readWrite);
    const { handle: to } = await createFile(peer, 'copy');
    expect(await peer.fs.copyRange(caller, from, 6, to, 2, 100)).toBe(5);
    expect(await readHandle(peer, to)).toBe('\0\0world');
    expect(await peer.fs.copyRange(caller, from, 0, from, 6, 5)).toBe(5);
    expect(await readHandle(peer, from)).toBe('hello hello');
    expect(await peer.fs.copyRange(caller, from, 11, to, 0, 5)).toBe(0);
  });

  test('are copied in answers of bounded size', async () => {
    await using peers = new Peers();
    const peer = peers.open({ limits: { maximumCopyBytes: 4 } });
    const inode = await writeFile(peer, 'file', 'hello world');
    const from = await peer.fs.open(caller, inode, flags.read);
    const { handle: to } = await createFile(peer, 'copy');
    expect(await peer.fs.copyRange(caller, from, 0, to, 0, 11)).toBe(4);
  });
});

describe('when publishing fails', () => {
  test('closing says so, nothing is lost, and it is tried again', async () => {
    await using peers = new Peers();
    const failing = new FailingPublications();
    const peer = peers.open({ wrapContent: failing.wrap });
    const { inode, handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'precious');
    failing.code = 'ENOSPC';
    expect(await outcome(() => peer.fs.flush(handle))).toBe('ENOSPC');
    expect(await outcome(() => peer.fs.fsync(handle, false))).toBe('ENOSPC');
    await peer.fs.release(handle);
    expect(peer.fs.attributes(inode).size).toBe(8);
    expect(peer.fs.unpublishedFiles).toBe(1);
    failing.code = null;
    peers.clock.advance(30_000);
    expect(sizeInTree(peer, inode)).toBe(8);
    expect(await readInode(peer, inode)).toBe('precious');
    expect(peer.fs.unpublishedFiles).toBe(0);
  });

  test('the pauses between attempts grow, up to a limit', async () => {
    await using peers = new Peers();
    const failing = new FailingPublications();
    const peer = peers.open({ wrapContent: failing.wrap });
    const { handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'precious');
    failing.code = 'ENOSPC';
    peers.clock.advance(15_000);
    expect(failing.attempts).toBe(4);
    peers.clock.advance(1_000_000);
    expect(failing.attempts).toBeLessThan(45);
  });

  test('the attempt of a background publication that worked later is not reported', async () => {
    await using peers = new Peers();
    const failing = new FailingPublications();
    const peer = peers.open({ wrapContent: failing.wrap });
    const { handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'precious');
    failing.code = 'EIO';
    peers.clock.advance(1_000);
    expect(failing.attempts).toBe(1);
    failing.code = null;
    expect(await outcome(() => closeHandle(peer, handle))).toBe('done');
  });

  test('a bug is not taken for a full disk', async () => {
    await using peers = new Peers();
    const failing = new FailingPublications();
    const peer = peers.open({ wrapContent: failing.wrap });
    const { handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'precious');
    failing.code = 'ERR_ASSERTION';
    await expect(async () => peer.fs.flush(handle)).rejects.toThrow('ERR_ASSERTION');
  });
});

test('what was not published before a crash is published at the next start', async () => {
  await using peers = new Peers();
  const folders = peers.folders();
  const before = peers.open({ folders });
  const { inode, handle } = await createFile(before, 'file');
  await writeText(before, handle, 'precious');
  await before.home.replica.flush();
  await peers.kill(before);
  const after = peers.open({ folders });
  expect(after.fs.unpublishedFiles).toBe(1);
  await after.fs.publishAll();
  expect(sizeInTree(after, inode)).toBe(8);
  expect(await readInode(after, inode)).toBe('precious');
});

test('closing the file system publishes what handles left', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  const { inode, handle } = await createFile(peer, 'file');
  await writeText(peer, handle, 'mapped');
  await peer.fs.release(handle);
  expect(sizeInTree(peer, inode)).toBeUndefined();
  await peer.fs.close();
  expect(sizeInTree(peer, inode)).toBe(6);
});

test('fsync leaves nothing unsealed and does not publish other files', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  const one = await createFile(peer, 'one');
  const other = await createFile(peer, 'other');
  await writeText(peer, one.handle, 'one');
  await writeText(peer, other.handle, 'other');
  await peer.fs.fsync(one.handle, false);
  expect(peer.home.replica.unsealed).toBe(0);
  expect(sizeInTree(peer, one.inode)).toBe(3);
  expect(sizeInTree(peer, other.inode)).toBeUndefined();
});

test('a read that is given up answers that it was interrupted', async () => {
  await using peers = new Peers();
  const [here, there] = [peers.open(), peers.open({ device: 2 })];
  const inode = await writeFile(there, 'far', 'away');
  await there.home.replica.flush();
  const batches = there.home.replica.batchesSince(new Map(), Infinity);
  await here.home.replica.accept(batches.map(({ bytes }) => bytes));
  const handle = await here.fs.open(caller, inode, flags.read);
  const given = new AbortController();
  const reading = here.fs.read(handle, 0, Buffer.alloc(4), given.signal);
  given.abort();
  expect(await outcome(() => reading)).toBe(posixErrors.EINTR.code);
});

test('a read that nobody can answer fails after a while and gives no zeros', async () => {
  await using peers = new Peers();
  const [here, there] = [peers.open(), peers.open({ device: 2 })];
  const inode = await writeFile(there, 'far', 'away');
  await there.home.replica.flush();
  const batches = there.home.replica.batchesSince(new Map(), Infinity);
  await here.home.replica.accept(batches.map(({ bytes }) => bytes));
  const handle = await here.fs.open(caller, inode, flags.read);
  const reading = outcome(() => here.fs.read(handle, 0, Buffer.alloc(4), undefined));
  for (let second = 0; second < 10; second += 1) {
    peers.clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await reading).toBe('EIO');
});

/** A content store whose publications fail as often as the test says. */
class FailingPublications {
  code: string | null = null;
  attempts = 0;

  readonly wrap = (content: FileContentStore): ContentStore =>
    wrapped(content, 'open', (open) => (file: never, version: never) => {
      const opened = open.call(content, file, version) as OpenContent;
      return wrapped(opened, 'publish', (publish) => () => this.#publish(opened, publish));
    });

  #publish(opened: OpenContent, publish: (...parameters: never[]) => unknown): unknown {
    this.attempts += 1;
    if (this.code === null) return publish.call(opened);
    throw Object.assign(new Error(this.code), { code: this.code });
  }
}
