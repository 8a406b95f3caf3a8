import { describe, expect, test } from 'vitest';
import {
  accessListXattr,
  defaultListXattr,
  isAccessList,
  listWithMode,
  maximumListBytes,
  modeOfList,
  renumberedList,
  saysMoreThanMode,
} from '../../../src/metadata/access-list.ts';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import type { InodeId } from '../../../src/metadata/ids.ts';
import type { Name } from '../../../src/metadata/name.ts';
import { mayAccess } from '../../../src/metadata/rights.ts';
import { accessList } from '../../support/access-lists.ts';
import { describeTree } from '../../support/describe-tree.ts';
import {
  deliver,
  exchange,
  make,
  makeDirectory,
  must,
  perform,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';

// What the lists mean is told, beside a disk, in test/conformance/posix/stories/xattrs.story; here is what peers make of them.

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');
const carol = testDevice(3, 'carol');
const unchanged = { mode: null, uid: null, gid: null, atime: null, mtime: null };
const forBob = accessList(`u::rw,u:${bob.uid}:rw,g::,m::rw,o::`);

function setList(home: TestHome, inode: InodeId, list: Buffer, name: Name = accessListXattr) {
  return perform(home, { kind: 'set-xattr', inode, name, value: list });
}

function setMode(home: TestHome, inode: InodeId, mode: number) {
  must(home, { kind: 'set-attributes', inode, ...unchanged, mode });
}

describe('the bytes of a list', () => {
  test.each([
    ['the three that a mode has', 'u::rw,g::r,o::', true],
    ['with somebody, and a mask', 'u::rw,u:7:r,g::r,m::rw,o::', true],
    ['with somebody and no mask', 'u::rw,u:7:r,g::r,o::', false],
    ['in another order', 'g::r,u::rw,o::', false],
    ['without the others', 'u::rw,g::r,m::r', false],
    ['with two owners', 'u::rw,u::rw,g::r,o::', false],
    ['with an owner who has a number', 'u:4294967295:rw,g::r,o::', false],
  ])('%s', (_title, text, isOne) => expect(isAccessList(accessList(text))).toBe(isOne));

  test('of another version, cut short or too long are none', () => {
    const list = accessList('u::rw,g::r,o::');
    const other = Buffer.from(list);
    other.writeUInt32LE(3);
    expect(isAccessList(other)).toBe(false);
    for (let length = 0; length < list.length; length++) {
      expect(isAccessList(list.subarray(0, length))).toBe(false);
    }
    const many = Array.from({ length: maximumListBytes / 8 }, (_, index) => `u:${index}:r`);
    expect(isAccessList(accessList(`u::,${many.join()},g::,m::,o::`))).toBe(false);
  });

  test('take from the mode what a mode can say', () => {
    const list = accessList('u::rw,u:7:rwx,g::rx,m::rw,o::x');
    expect(modeOfList(list)).toBe(0o661);
    expect(listWithMode(list, 0o2750)).toEqual(accessList('u::rwx,u:7:rwx,g::rx,m::rx,o::'));
    const plain = accessList('u::rw,g::rx,o::x');
    expect([saysMoreThanMode(list), saysMoreThanMode(plain)]).toEqual([true, false]);
    expect(listWithMode(plain, 0o640)).toEqual(accessList('u::rw,g::r,o::'));
  });

  test('name users and groups apart', () => {
    const list = accessList('u::rw,u:7:r,g::,g:7:r,m::r,o::');
    const other = renumberedList(
      list,
      (uid) => uid + 1,
      (gid) => gid + 2,
    );
    expect(other).toEqual(accessList('u::rw,u:8:r,g::,g:9:r,m::r,o::'));
  });
});

test('whoever is in several groups has what one of them alone allows', () => {
  const list = accessList('u::,g::r,g:20:w,m::rw,o::rwx');
  const node = { mode: 0o067, uid: 1, gid: 10, accessList: list };
  const member = { uid: 2, gids: [10, 20] };
  expect([4, 2, 6, 1].map((wanted) => mayAccess(node, member, wanted))).toEqual([
    ...[true, true, false, false],
  ]);
  expect(mayAccess(node, { uid: 2, gids: [2] }, 7)).toBe(true);
});

describe('on net', () => {
  test('everybody judges by the list what somebody does', async () => {
    await using world = new World();
    const open = (who: typeof alice) => world.open(who, { flavour: 'net' });
    const [hers, his, theirs] = [open(alice), open(bob), open(carol)];
    const folder = makeDirectory(hers, 'folder');
    expect(setList(hers, folder, accessList(`u::rwx,u:${bob.uid}:rwx,g::,m::rwx,o::`))).toBe(
      undefined,
    );
    await exchange(hers, his);
    await deliver(his, theirs);
    make(his, 'from bob', folder);
    await deliver(his, hers);
    expect(describeTree(hers.replica)).toMatchObject([{ entries: [{ name: 'from bob' }] }]);
    expect(() => make(theirs, 'from carol', folder)).toThrow('EACCES');
  });

  test('only the owner sets one', async () => {
    await using world = new World();
    const hers = world.open(alice, { flavour: 'net' });
    const his = world.open(bob, { flavour: 'net' });
    const inode = make(hers, 'file');
    await deliver(hers, his);
    expect(setList(his, inode, forBob)?.code).toBe('EPERM');
    const removal = { kind: 'remove-xattr', inode, name: accessListXattr } as const;
    expect(perform(his, removal)?.code).toBe('EPERM');
  });
});

describe('apart', () => {
  async function both(
    one: (home: TestHome, inode: InodeId) => unknown,
    other: (home: TestHome, inode: InodeId) => unknown,
  ) {
    await using world = new World();
    const [hers, his] = [world.open(alice), world.open(bob)];
    const inode = make(hers, 'file');
    await deliver(hers, his);
    one(hers, inode);
    other(his, inode);
    await exchange(hers, his);
    expect(describeTree(hers.replica)).toEqual(describeTree(his.replica));
    expect(checkTree(hers.replica)).toEqual([]);
    const node = hers.replica.node(inode);
    const list = node?.accessList;
    return list ? listWithMode(list, node.mode) : node?.mode;
  }

  test('a younger change of the mode masks what an older list allows', async () => {
    const list = await both(
      (home, inode) => setList(home, inode, forBob),
      (home, inode) => setMode(home, inode, 0o640),
    );
    expect(list).toEqual(accessList(`u::rw,u:${bob.uid}:rw,g::,m::r,o::`));
  });

  test('a younger list brings its mode', async () => {
    const list = await both(
      (home, inode) => setMode(home, inode, 0o600),
      (home, inode) => setList(home, inode, forBob),
    );
    expect(list).toEqual(forBob);
  });

  test('of two lists the younger stays', async () => {
    const other = accessList('u::rw,u:7:r,g::,m::r,o::');
    const list = await both(
      (home, inode) => setList(home, inode, forBob),
      (home, inode) => setList(home, inode, other),
    );
    expect(list).toEqual(other);
  });
});

test('what a directory hands down is what its maker saw, also when it was taken away meanwhile', async () => {
  await using world = new World();
  const [hers, his] = [world.open(alice), world.open(bob)];
  const folder = makeDirectory(hers, 'folder');
  const list = accessList('u::rwx,u:7:rx,g::,m::rx,o::');
  setList(hers, folder, list, defaultListXattr);
  await deliver(hers, his);
  must(hers, { kind: 'remove-xattr', inode: folder, name: defaultListXattr });
  const file = make(his, 'file', folder, { mode: 0o640, inherits: list });
  const inner = make(his, 'inner', folder, { type: 'directory', mode: 0o750, inherits: list });
  await exchange(hers, his);
  for (const { replica } of [hers, his]) {
    expect(replica.node(file)).toMatchObject({ accessList: list, defaultList: null });
    expect(replica.node(inner)).toMatchObject({ accessList: list, defaultList: list });
    expect(replica.node(folder)?.defaultList).toBe(null);
  }
});

test('what no list can be on is refused', async () => {
  await using world = new World();
  const home = world.open(alice);
  const link = make(home, 'link', undefined, { type: 'symlink', target: 'x', mode: 0o777 });
  const file = make(home, 'file');
  expect(setList(home, link, forBob)?.code).toBe('EPERM');
  expect(setList(home, file, forBob, defaultListXattr)?.code).toBe('EACCES');
});
