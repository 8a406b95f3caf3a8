import { expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { caller, listNames, named, Peers, root, type Peer } from './peers.ts';

test('a listing has the two dots first and then every name once', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  const names = Array.from({ length: 300 }, (_, index) => `file${index}`);
  for (const name of names) make(peer, name);
  expect(listNames(peer)).toEqual(['.', '..', ...names]);
});

test('a listing in pieces goes on where it was, while names come and go', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  for (let index = 0; index < 10; index += 1) make(peer, `file${index}`);
  const first = piece(peer, 0, 5);
  expect(first.map(({ name }) => name)).toEqual(['.', '..', 'file0', 'file1', 'file2']);
  for (const gone of ['file0', 'file2', 'file3']) peer.fs.unlink(caller, root, named(gone));
  make(peer, 'late');
  const rest = piece(peer, first.at(-1)!.cookie, 100).map(({ name }) => name);
  expect(rest).toEqual(['file4', 'file5', 'file6', 'file7', 'file8', 'file9', 'late']);
});

test('what did not fit is given again', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  for (let index = 0; index < 5; index += 1) make(peer, `file${index}`);
  let cookie = 0;
  const names: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const [next] = piece(peer, cookie, 1);
    if (next === undefined) break;
    names.push(next.name);
    ({ cookie } = next);
  }
  expect(names).toEqual(['.', '..', 'file0', 'file1', 'file2', 'file3', 'file4']);
});

test('the parent of a directory is listed as such', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  const outer = peer.fs.makeDirectory(caller, root, named('outer'), 0o755).inode;
  const inner = peer.fs.makeDirectory(caller, outer, named('inner'), 0o755).inode;
  const inodes: InodeId[] = [];
  const handle = peer.fs.openDirectory(caller, inner);
  peer.fs.list(handle, 0, false, (_name, inode) => inodes.push(inode) > 0);
  expect(inodes).toEqual([inner, outer]);
});

test('with attributes, each entry that was taken counts as looked up', async () => {
  await using peers = new Peers();
  const peer = peers.open({ limits: { removedContentMs: 10 } });
  const one = make(peer, 'one');
  const two = make(peer, 'two');
  for (const inode of [one, two]) peer.fs.forget(inode, 1);
  const handle = peer.fs.openDirectory(caller, root);
  let room = 3;
  peer.fs.list(handle, 0, true, (name, inode, _type, _cookie, attributes) => {
    if (name === 'one') expect(attributes).toMatchObject({ inode, size: 0, links: 1 });
    return room-- > 0;
  });
  // Nobody is told of what the kernel does not know.
  const unlinkElsewhere = (name: string, inode: InodeId) =>
    peer.home.replica.perform(
      { uid: 0, gids: [0] },
      { kind: 'unlink', parent: root, name: named(name), inode, seen: null },
    );
  unlinkElsewhere('one', one);
  unlinkElsewhere('two', two);
  expect(peer.told).toContain(`attributes ${one}`);
  expect(peer.told).not.toContain(`attributes ${two}`);
});

test('what the kernel knows already comes without attributes, and is not counted again', async () => {
  await using peers = new Peers();
  const peer = peers.open();
  const known = make(peer, 'known');
  const unknown = make(peer, 'unknown');
  peer.fs.forget(unknown, 1);
  const told: [string, boolean][] = [];
  const listAll = () => {
    told.length = 0;
    const handle = peer.fs.openDirectory(caller, root);
    peer.fs.list(handle, 2, true, (name, _inode, _type, _cookie, attributes) => {
      return told.push([name, attributes !== null]) > 0;
    });
  };
  listAll();
  expect(told).toEqual([
    ['known', false],
    ['unknown', true],
  ]);
  listAll();
  expect(told).toEqual([
    ['known', false],
    ['unknown', false],
  ]);
  // One reference each: with it, the kernel has forgotten them.
  for (const inode of [known, unknown]) peer.fs.forget(inode, 1);
  listAll();
  expect(told).toEqual([
    ['known', true],
    ['unknown', true],
  ]);
});

function make({ fs }: Peer, name: string): InodeId {
  return fs.makeNode(caller, root, named(name), 'file', 0o644, 0).inode;
}

function piece({ fs }: Peer, cookie: number, count: number): { name: string; cookie: number }[] {
  const taken: { name: string; cookie: number }[] = [];
  const handle = fs.openDirectory(caller, root);
  fs.list(handle, cookie, false, (name, _inode, _type, at) => {
    if (taken.length === count) return false;
    return taken.push({ name, cookie: at }) > 0;
  });
  fs.releaseDirectory(handle);
  return taken;
}
