import { expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { accessListXattr } from '../../../src/metadata/access-list.ts';
import { accessList } from '../../support/access-lists.ts';
import {
  caller,
  closeHandle,
  connect,
  exchange,
  flags,
  listNames,
  named,
  outcome,
  type Peer,
  Peers,
  readFile,
  root,
  tell,
} from './peers.ts';

// Files made with O_TMPFILE. What a program sees of them is told in test/conformance/posix/stories/open.story.

async function makeNameless({ fs }: Peer, text: string) {
  const made = await fs.createNameless(caller, root, 0o644, flags.readWrite);
  await fs.write(caller, made.handle, 0, Buffer.from(text), false);
  return { inode: made.attributes.inode, handle: made.handle };
}

/** As a kernel whose last process has closed it. */
async function leave(peer: Peer, { inode, handle }: Awaited<ReturnType<typeof makeNameless>>) {
  await closeHandle(peer, handle);
  peer.fs.forget(inode, 1);
}

async function storedFiles({ content }: Peer): Promise<number[]> {
  const files: number[] = [];
  for await (const some of content.storedFiles()) files.push(...some);
  return files;
}

test('nothing is told of a file before it has a name', async () => {
  await using peers = new Peers();
  const alice = peers.open({ device: 1 });
  const file = await makeNameless(alice, 'secret');
  await alice.fs.setAttributes(caller, file.inode, { mode: 0o600 });
  alice.fs.setXattr(caller, file.inode, named('user.a'), Buffer.from('v'), 0);
  await alice.fs.fsync(file.handle, false);
  await alice.fs.publishAll();
  expect(alice.home.replica.unsealed).toBe(0);
  expect(alice.home.replica.frontier().size).toBe(0);
  await leave(alice, file);
});

test('with its name it comes whole to the others, with all that it was given before', async () => {
  await using peers = new Peers();
  const [alice, bob] = [peers.open({ device: 1 }), peers.open({ device: 2 })];
  connect(alice, bob);
  const { inode, handle } = await makeNameless(alice, 'text');
  const list = accessList('u::rw,u:7:r,g::,m::r,o::');
  const time = { seconds: -5, nanoseconds: 7 };
  alice.fs.setXattr(caller, inode, named('user.a'), Buffer.from('v'), 0);
  alice.fs.setXattr(caller, inode, accessListXattr, list, 0);
  await alice.fs.setAttributes(caller, inode, { atime: time, mtime: time });
  const linked = await alice.fs.link(caller, inode, root, named('file'));
  expect(linked).toMatchObject({ inode, links: 1, size: 4, mode: 0o640, atime: time, mtime: time });
  await tell(alice, bob);
  expect(await readFile(bob, 'file')).toBe('text');
  const attributes = bob.fs.attributes(inode);
  expect(attributes).toMatchObject({ mode: 0o640, atime: time, mtime: time });
  expect(bob.fs.getXattr(caller, inode, named('user.a')).toString()).toBe('v');
  expect(bob.fs.getXattr(caller, inode, accessListXattr)).toEqual(list);
  await closeHandle(alice, handle);
});

test('after it has a name it is a file like others', async () => {
  await using peers = new Peers();
  const [alice, bob] = [peers.open({ device: 1 }), peers.open({ device: 2 })];
  connect(alice, bob);
  const { inode, handle } = await makeNameless(alice, 'text');
  await alice.fs.link(caller, inode, root, named('file'));
  await alice.fs.write(caller, handle, 4, Buffer.from(' and more'), false);
  await closeHandle(alice, handle);
  await exchange(alice, bob);
  expect(await readFile(bob, 'file')).toBe('text and more');
});

test('it goes with its last user, and takes no room then', async () => {
  await using peers = new Peers();
  const alice = peers.open();
  const file = await makeNameless(alice, 'x'.repeat(200_000));
  expect(await storedFiles(alice)).toHaveLength(1);
  await leave(alice, file);
  await expect.poll(() => storedFiles(alice)).toEqual([]);
  expect(await outcome(() => alice.fs.attributes(file.inode))).toBe('ESTALE');
});

test('after a crash nothing is left of it', async () => {
  await using peers = new Peers();
  const folders = peers.folders();
  const alice = peers.open({ folders });
  await makeNameless(alice, 'x'.repeat(200_000));
  const synced = await makeNameless(alice, 'y'.repeat(200_000));
  await alice.fs.fsync(synced.handle, false);
  await peers.kill(alice);
  const again = peers.open({ folders });
  await expect.poll(() => storedFiles(again)).toEqual([]);
  expect(listNames(again)).toEqual(['.', '..']);
});

test('a name that was taken meanwhile leaves it as it was', async () => {
  await using peers = new Peers();
  const alice = peers.open();
  const { inode, handle } = await makeNameless(alice, 'text');
  alice.fs.makeDirectory(caller, root, named('d'), 0o755);
  expect(await outcome(() => alice.fs.link(caller, inode, root, named('d')))).toBe('EEXIST');
  const elsewhere = () => alice.fs.link(caller, inode, 12_345 as InodeId, named('f'));
  expect(await outcome(elsewhere)).toBe('ESTALE');
  await alice.fs.link(caller, inode, root, named('f'));
  expect(await readFile(alice, 'f')).toBe('text');
  await closeHandle(alice, handle);
});

test('on net it belongs to the group of who named it where the directory’s may not be kept', async () => {
  await using peers = new Peers();
  const alice = peers.open({ flavour: 'net' });
  const { fs, home } = alice;
  const { inode } = fs.makeDirectory(caller, root, named('d'), 0o755);
  await fs.setAttributes(caller, inode, { mode: 0o2755 });
  const file = await fs.createNameless(caller, inode, 0o644, flags.readWrite);
  await fs.link(caller, file.attributes.inode, root, named('f'));
  expect(home.replica.node(file.attributes.inode)).toMatchObject({ uid: 1001, gid: 1001 });
  await closeHandle(alice, file.handle);
});
