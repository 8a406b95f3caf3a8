import { describe, expect, test } from 'vitest';
import type { Time } from '../../../src/metadata/node.ts';
import type { AttributeChange } from '../../../src/vfs/file-system.ts';
import {
  caller,
  closeHandle,
  createFile,
  flags,
  named,
  outcome,
  Peers,
  root,
  writeFile,
  writeText,
} from './peers.ts';

describe('times', () => {
  test.each<[string, Time]>([
    ['in the past', { seconds: 1_000_000_000, nanoseconds: 123_456_789 }],
    ['before 1970', { seconds: -1_000, nanoseconds: 999_999_999 }],
    ['after 2038', { seconds: 5_000_000_000, nanoseconds: 1 }],
  ])('%s are kept to the nanosecond', async (_title, time) => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    const set = await peer.fs.setAttributes(caller, inode, { atime: time, mtime: time });
    expect(set).toMatchObject({ atime: time, mtime: time });
  });

  test('that are left out stay', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    const { mtime } = peer.fs.attributes(inode);
    const atime = { seconds: 1, nanoseconds: 2 };
    expect(await peer.fs.setAttributes(caller, inode, { atime })).toMatchObject({ atime, mtime });
  });

  test('set while writing outlive the publication of what was written', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const { inode, handle } = await createFile(peer, 'file');
    await writeText(peer, handle, 'text');
    const mtime = { seconds: 7, nanoseconds: 8 };
    await peer.fs.setAttributes(caller, inode, { mtime });
    await closeHandle(peer, handle);
    expect(peer.fs.attributes(inode).mtime).toEqual(mtime);
  });

  test('of what is changed later are never earlier', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    let last: Time = { seconds: 0, nanoseconds: 0 };
    for (let round = 0; round < 20; round += 1) {
      const { inode, handle } = await createFile(peer, `file${round}`);
      const created = peer.fs.attributes(inode).mtime;
      await writeText(peer, handle, 'text');
      const written = peer.fs.attributes(inode).mtime;
      await closeHandle(peer, handle);
      expect(isLater(created, last)).toBe(true);
      expect(isLater(written, created)).toBe(true);
      expect(peer.fs.attributes(inode).mtime).toEqual(written);
      last = written;
      if (round % 5 === 0) peers.clock.advance(1);
    }
  });

  test('of a directory follow its entries', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const before = peer.fs.attributes(root);
    peers.clock.advance(10);
    await writeFile(peer, 'file', 'text');
    const after = peer.fs.attributes(root);
    expect(isLater(after.mtime, before.mtime)).toBe(true);
    expect(isLater(after.ctime, before.ctime)).toBe(true);
  });

  test('of access do not follow reading', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    const { atime } = peer.fs.attributes(inode);
    peers.clock.advance(100_000_000);
    const handle = await peer.fs.open(caller, inode, flags.read);
    await peer.fs.read(handle, 0, Buffer.alloc(4), undefined);
    await closeHandle(peer, handle);
    expect(peer.fs.attributes(inode).atime).toEqual(atime);
    expect(peer.home.replica.unsealed).toBe(0);
  });
});

describe('set-id bits', () => {
  const cases: [string, number, number, AttributeChange][] = [
    ['go with the owner', 0o6755, 0o755, { uid: 7 }],
    ['go with the group', 0o4755, 0o755, { gid: 7 }],
    ['stay as a mark of locking', 0o2745, 0o2745, { gid: 7 }],
    ['go with a truncation without privileges', 0o6755, 0o755, { size: 1, clearPrivileges: true }],
    ['stay with a truncation by root', 0o6755, 0o6755, { size: 1 }],
  ];
  test.each(cases)('%s', async (_title, before, after, change) => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    await peer.fs.setAttributes(caller, inode, { mode: before });
    expect((await peer.fs.setAttributes(caller, inode, change)).mode).toBe(after);
    expect(peer.home.replica.node(inode)?.mode).toBe(after);
  });

  test('go with a write at once, and for good when it is published', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    await peer.fs.setAttributes(caller, inode, { mode: 0o4755 });
    const handle = await peer.fs.open(caller, inode, flags.write);
    await peer.fs.write(caller, handle, 0, Buffer.from('x'), true);
    expect(peer.fs.attributes(inode).mode).toBe(0o755);
    await closeHandle(peer, handle);
    expect(peer.home.replica.node(inode)?.mode).toBe(0o755);
  });

  test('that are given after a write stay', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    await peer.fs.setAttributes(caller, inode, { mode: 0o4755 });
    const handle = await peer.fs.open(caller, inode, flags.write);
    await peer.fs.write(caller, handle, 0, Buffer.from('x'), true);
    await peer.fs.setAttributes(caller, inode, { mode: 0o4755 });
    await closeHandle(peer, handle);
    expect(peer.fs.attributes(inode).mode).toBe(0o4755);
  });

  test('capabilities go with a write', async () => {
    await using peers = new Peers();
    const peer = peers.open();
    const inode = await writeFile(peer, 'file', 'text');
    const capability = named('security.capability');
    peer.fs.setXattr(caller, inode, capability, Buffer.from('cap'), 0);
    const handle = await peer.fs.open(caller, inode, flags.write);
    await writeText(peer, handle, 'x');
    expect(peer.fs.listXattrs(caller, inode)).toEqual([]);
  });
});

describe('owners', () => {
  test('of what is new are those of the process, and a set-group-id directory hands its group down', async () => {
    await using peers = new Peers();
    const { fs } = peers.open();
    const shared = fs.makeDirectory(caller, root, named('shared'), 0o755).inode;
    await fs.setAttributes(caller, shared, { gid: 50 });
    await fs.setAttributes(caller, shared, { mode: 0o2775 });
    const inside = fs.makeNode(caller, shared, named('file'), 'file', 0o644, 0);
    expect(inside).toMatchObject({ uid: 1001, gid: 50, mode: 0o644 });
    const below = fs.makeDirectory(caller, shared, named('below'), 0o755);
    expect(below).toMatchObject({ uid: 1001, gid: 50, mode: 0o2755 });
  });

  test('on a network of people are its users', async () => {
    await using peers = new Peers();
    const { fs, home } = peers.open({ flavour: 'net' });
    const made = fs.makeNode({ ...caller, uid: 0, gid: 0 }, root, named('file'), 'file', 0o644, 0);
    expect(made).toMatchObject({ uid: home.who.uid, gid: home.who.uid });
  });

  test('on a network of people, the numbers of the process that asks mean its user', async () => {
    await using peers = new Peers();
    const { fs, home } = peers.open({ flavour: 'net' });
    const copier = { ...caller, uid: 0, gid: 0 };
    const { inode } = fs.makeNode(copier, root, named('copy'), 'file', 0o644, 0);
    const given = await fs.setAttributes(copier, inode, { uid: 0, gid: 0 });
    expect(given).toMatchObject({ uid: home.who.uid, gid: home.who.uid });
    const away = () => fs.setAttributes(copier, inode, { uid: 4242 });
    expect(await outcome(away)).toBe('EPERM');
  });

  test('the umask is taken from what is new', async () => {
    await using peers = new Peers();
    const { fs } = peers.open();
    const made = fs.makeDirectory({ ...caller, umask: 0o027 }, root, named('d'), 0o777);
    expect(made.mode).toBe(0o750);
  });
});

test('links are counted', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  const inode = await writeFile(peer, 'file', 'text');
  const linked = await peer.fs.link(caller, inode, root, named('other'));
  expect(linked.links).toBe(2);
  peer.fs.unlink(caller, root, named('file'));
  expect(peer.fs.attributes(inode).links).toBe(1);
  const directory = peer.fs.makeDirectory(caller, root, named('d'), 0o755).inode;
  peer.fs.makeDirectory(caller, directory, named('e'), 0o755);
  expect(peer.fs.attributes(directory).links).toBe(3);
});

test('special files keep their numbers', async () => {
  await using peers = new Peers();
  const { fs } = peers.open();
  const made = fs.makeNode(caller, root, named('tty'), 'character-device', 0o620, 0x0501);
  expect(made).toMatchObject({ type: 'character-device', rdev: 0x0501, mode: 0o620 });
  expect(fs.makeNode(caller, root, named('fifo'), 'fifo', 0o600, 99).rdev).toBe(0);
});

test('a symbolic link is as long as its target', async () => {
  await using peers = new Peers();
  const { fs } = peers.open();
  const { inode, size, mode } = fs.symlink({ ...caller, umask: 0o77 }, root, named('s'), 'a/b\xff');
  expect({ size, mode, target: fs.readlink(inode) }).toEqual({
    size: 4,
    mode: 0o777,
    target: 'a/b\xff',
  });
});

test('the room is that of the disk, and does not change faster than it is asked', async () => {
  await using peers = new Peers();
  const { fs } = peers.open();
  const first = fs.statistics();
  expect(first.blocks).toBeGreaterThan(0);
  expect(first.blocksAvailable).toBeLessThanOrEqual(first.blocksFree);
  expect(fs.statistics()).toBe(first);
  peers.clock.advance(1_000);
  expect(fs.statistics()).not.toBe(first);
});

function isLater(a: Time, b: Time): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}
