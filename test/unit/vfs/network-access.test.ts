import { describe, expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import type { Node } from '../../../src/metadata/node.ts';
import type { Access } from '../../../src/vfs/access.ts';
import { networkAccess } from '../../../src/vfs/network-access.ts';
import { caller, exchange, flags, named, outcome, Peers, root, writeFile } from './peers.ts';

// Who may do what where no kernel checks it. Files belong to user 1 and group 10 unless a case says otherwise.

const owner = { uid: 1, gids: [1] };
const member = { uid: 2, gids: [2, 10] };
const other = { uid: 3, gids: [3] };
const nobodySpecial = { uid: 0, gids: [0] };

function node(mode: number, more: Partial<Node> = {}): Node {
  const time = { seconds: 0, nanoseconds: 0 };
  return {
    ...{ inode: 5 as InodeId, type: 'file', mode, uid: 1, gid: 10, rdev: 0, target: '' },
    ...{ atime: time, mtime: time, ctime: time, links: 1, heads: [] },
    ...{
      conflictOf: null,
      departures: [],
      departedFrom: null,
      mergedInto: null,
      accessList: null,
      defaultList: null,
    },
    ...more,
  };
}

const directory = (mode: number, uid = 1) => node(mode, { type: 'directory', uid });

type Case = [title: string, expected: string, check: (access: Access) => void];

const cases: Record<string, Case[]> = {
  'reading and writing': [
    ['the owner has the first bits', 'done', (a) => a.open(owner, node(0o600), flags.readWrite)],
    ['also when they are fewer', 'EACCES', (a) => a.open(owner, node(0o066), flags.read)],
    ['a member has the second', 'done', (a) => a.open(member, node(0o040), flags.read)],
    ['also when they are fewer', 'EACCES', (a) => a.open(member, node(0o604), flags.read)],
    ['others have the third', 'done', (a) => a.open(other, node(0o004), flags.read)],
    ['and not the second', 'EACCES', (a) => a.open(other, node(0o660), flags.read)],
    ['number 0 is like any other', 'EACCES', (a) => a.open(nobodySpecial, node(0o660), flags.read)],
    ['truncating is writing', 'EACCES', (a) => a.open(other, node(0o644), flags.truncate)],
    ['running needs no reading', 'done', (a) => a.open(other, node(0o001), 0x20)],
    ['reading is not running', 'EACCES', (a) => a.open(other, node(0o004), 0x20)],
    ['access checks every bit', 'EACCES', (a) => a.check(other, node(0o644), 6)],
    ['access of existence alone', 'done', (a) => a.check(other, node(0), 0)],
  ],
  directories: [
    ['searching needs x', 'EACCES', (a) => a.search(other, directory(0o754))],
    ['adding needs w', 'EACCES', (a) => a.addEntry(other, directory(0o755))],
    ['adding needs x too', 'EACCES', (a) => a.addEntry(other, directory(0o752))],
    ['adding with both', 'done', (a) => a.addEntry(other, directory(0o753))],
    [
      'removing needs no right to what is removed',
      'done',
      (a) => a.removeEntry(other, directory(0o777), node(0)),
    ],
    [
      'in a sticky one only the owner of it',
      'EPERM',
      (a) => a.removeEntry(other, directory(0o1777, 9), node(0o666)),
    ],
    [
      'or he whom it belongs to',
      'done',
      (a) => a.removeEntry(owner, directory(0o1777, 9), node(0)),
    ],
    [
      'or the owner of the directory',
      'done',
      (a) => a.removeEntry(other, directory(0o1777, 3), node(0)),
    ],
    ['moving a directory needs w on it', 'EACCES', (a) => a.changeParent(other, directory(0o755))],
    ['devices are made by nobody', 'EPERM', (a) => a.makeNode(owner, 'block-device')],
  ],
  attributes: [
    ['the owner sets the mode', 'done', (a) => a.setAttributes(owner, node(0), { mode: 0o777 })],
    ['others do not', 'EPERM', (a) => a.setAttributes(other, node(0o777), { mode: 0 })],
    ['nothing is given away', 'EPERM', (a) => a.setAttributes(owner, node(0o644), { uid: 2 })],
    ['but to whom it belongs', 'done', (a) => a.setAttributes(owner, node(0o644), { uid: 1 })],
    [
      'groups are given to those one is in',
      'done',
      (a) => a.setAttributes(owner, node(0o644), { gid: 1 }),
    ],
    ['and no others', 'EPERM', (a) => a.setAttributes(owner, node(0o644), { gid: 2 })],
    [
      'a member does not change the group',
      'EPERM',
      (a) => a.setAttributes(member, node(0o664), { gid: 2 }),
    ],
    [
      'times are set by the owner',
      'EPERM',
      (a) => a.setAttributes(member, node(0o664), { mtime: time }),
    ],
    [
      'or to now by who may write',
      'done',
      (a) => a.setAttributes(member, node(0o664), { atime: 'now', mtime: 'now' }),
    ],
    [
      'not by who may not',
      'EACCES',
      (a) => a.setAttributes(other, node(0o664), { atime: 'now', mtime: 'now' }),
    ],
    [
      'one of them alone by the owner',
      'EPERM',
      (a) => a.setAttributes(member, node(0o664), { mtime: 'now' }),
    ],
    ['truncating needs w', 'EACCES', (a) => a.setAttributes(other, node(0o644), { size: 0 })],
    [
      'truncating sets the time',
      'done',
      (a) => a.setAttributes(member, node(0o664), { size: 0, mtime: 'now' }),
    ],
  ],
  xattrs: [
    [
      'user attributes are read with r',
      'EACCES',
      (a) => a.readXattr(other, node(0o660), named('user.a')),
    ],
    ['and written with w', 'done', (a) => a.writeXattr(member, node(0o660), named('user.a'))],
    [
      'not on symbolic links',
      'EPERM',
      (a) => a.writeXattr(owner, node(0o777, { type: 'symlink' }), named('user.a')),
    ],
    [
      'of which there are none',
      'ENODATA',
      (a) => a.readXattr(owner, node(0o777, { type: 'symlink' }), named('user.a')),
    ],
    [
      'in a sticky directory only the owner',
      'EPERM',
      (a) => a.writeXattr(other, directory(0o1777), named('user.a')),
    ],
    [
      'security is the owner’s',
      'EPERM',
      (a) => a.writeXattr(member, node(0o666), named('security.a')),
    ],
    ['trusted is nobody’s', 'EPERM', (a) => a.writeXattr(owner, node(0o666), named('trusted.a'))],
    [
      'capabilities are nobody’s',
      'EPERM',
      (a) => a.writeXattr(owner, node(0o666), named('security.capability')),
    ],
    [
      'nor are they seen',
      'ENODATA',
      (a) => a.readXattr(owner, node(0o666), named('security.capability')),
    ],
  ],
};

const time = { seconds: 1, nanoseconds: 0 };

for (const [subject, rows] of Object.entries(cases)) {
  describe(subject, () => {
    test.each(rows)('%s: %s', async (_title, expected, check) => {
      expect(await outcome(() => check(networkAccess))).toBe(expected);
    });
  });
}

test('set-group-id is granted to members alone', () => {
  expect(networkAccess.grantedMode(member, 10, 0o2755)).toBe(0o2755);
  expect(networkAccess.grantedMode(other, 10, 0o2755)).toBe(0o755);
});

test('another user’s file is refused before anything is told to the tree', async () => {
  await using peers = new Peers();
  const alice = peers.open({ device: 1, flavour: 'net' });
  const bob = peers.open({ device: 2, flavour: 'net' });
  const inode = await writeFile(alice, 'mine', 'text');
  await exchange(alice, bob);
  const { fs } = bob;
  expect(await outcome(() => fs.open(caller, inode, flags.write))).toBe('EACCES');
  expect(await outcome(() => fs.setAttributes(caller, inode, { mode: 0o666 }))).toBe('EPERM');
  expect(await outcome(() => fs.unlink(caller, root, named('mine')))).toBe('EPERM');
  expect(await outcome(() => fs.lookup(caller, root, named('mine')))).toBe('done');
  expect(bob.home.replica.unsealed).toBe(0);
});

test('what its maker made read-only he can still write through the handle that made it', async () => {
  await using peers = new Peers();
  const { fs, home } = peers.open({ flavour: 'net' });
  const made = await fs.create(caller, root, named('object'), 0o444, flags.readWrite);
  await fs.write(caller, made.handle, 0, Buffer.from('text'), true);
  await fs.flush(made.handle);
  expect(home.replica.node(made.attributes.inode)?.heads[0]?.size).toBe(4);
  const again = () => fs.open(caller, made.attributes.inode, flags.write);
  expect(await outcome(again)).toBe('EACCES');
});
