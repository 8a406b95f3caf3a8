import { expect, test } from 'vitest';
import { inodeId, rootInode, type InodeId } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import type { OperationFields } from '../../../src/metadata/operation.ts';
import {
  actingOf,
  deliver,
  exchange,
  make,
  makeDirectory,
  perform,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');
const name = nameFromText('file');
const unchanged = { mode: null, uid: null, gid: null, atime: null, mtime: null };

function openBoth(world: World): [TestHome, TestHome] {
  return [world.open(alice, { flavour: 'net' }), world.open(bob, { flavour: 'net' })];
}

/** What Bob may not do to Alice's file in Alice's directory, both with mode 0755 and 0644. */
const forbidden: readonly [
  string,
  string,
  (file: InodeId, directory: InodeId) => OperationFields,
][] = [
  ['create', 'EACCES', (_file, parent) => creation(parent, bob.uid)],
  ['unlink', 'EACCES', (inode, parent) => ({ kind: 'unlink', parent, name, inode, seen: null })],
  ['link', 'EACCES', (inode, parent) => ({ kind: 'link', inode, parent, name: nameFromText('l') })],
  ['chmod', 'EPERM', (inode) => ({ kind: 'set-attributes', inode, ...unchanged, mode: 0o777 })],
  ['chown', 'EPERM', (inode) => ({ kind: 'set-attributes', inode, ...unchanged, uid: bob.uid })],
  ['chgrp', 'EPERM', (inode) => ({ kind: 'set-attributes', inode, ...unchanged, gid: bob.uid })],
  [
    'setting times',
    'EPERM',
    (inode) => ({
      kind: 'set-attributes',
      inode,
      ...unchanged,
      mtime: { seconds: 1, nanoseconds: 0 },
    }),
  ],
  [
    'setting an attribute',
    'EPERM',
    (inode) => ({ kind: 'set-xattr', inode, name: nameFromText('user.a'), value: Buffer.of(1) }),
  ],
  [
    'writing',
    'EACCES',
    (inode) => ({
      kind: 'set-content',
      inode,
      supersedes: [],
      size: 1,
      blockSize: 65_536,
      root: Buffer.alloc(32),
      mtime: { seconds: 1, nanoseconds: 0 },
      clearsPrivileges: false,
      beside: inodeId(bob.device, 1000),
    }),
  ],
  [
    'renaming',
    'EACCES',
    (inode, parent) => ({
      kind: 'rename',
      parent,
      name,
      inode,
      newParent: rootInode,
      newName: name,
      victim: null,
      victimSeen: null,
    }),
  ],
];

function creation(parent: InodeId, owner: number): OperationFields {
  return {
    ...{ kind: 'create', inode: (2 * 2 ** 32 + 77) as InodeId, parent, name: nameFromText('new') },
    ...{ type: 'file', mode: 0o644, uid: owner, gid: owner, rdev: 0, target: '' },
  };
}

test.each(forbidden)(
  'on net, %s what is another user’s is refused with %s',
  async (_what, code, fields) => {
    await using world = new World();
    const [owner, other] = openBoth(world);
    const directory = makeDirectory(owner, 'directory');
    const file = make(owner, 'file', directory);
    await deliver(owner, other);
    expect(perform(other, fields(file, directory))?.code).toBe(code);
  },
);

test('on net nobody acts for another, nor makes files of another', async () => {
  await using world = new World();
  const [, other] = openBoth(world);
  expect(other.replica.perform(actingOf(alice), creation(rootInode, alice.uid))?.code).toBe(
    'EPERM',
  );
  expect(perform(other, creation(rootInode, alice.uid))?.code).toBe('EPERM');
  const device = { ...creation(rootInode, bob.uid), type: 'block-device' } as OperationFields;
  expect(perform(other, device)?.code).toBe('EPERM');
  expect(perform(other, creation(rootInode, bob.uid))).toBeUndefined();
});

test('in the root everybody creates, and removes only his own', async () => {
  await using world = new World();
  const [owner, other] = openBoth(world);
  const inode = make(owner, 'file');
  make(other, 'mine');
  await exchange(owner, other);
  const removal = { kind: 'unlink', parent: rootInode, name, inode, seen: null } as const;
  expect(perform(other, removal)?.code).toBe('EACCES');
  expect(perform(owner, removal)).toBeUndefined();
});

test('what its author did before he heard that he may not any more has no effect anywhere', async () => {
  await using world = new World();
  const [owner, other] = openBoth(world);
  const directory = make(owner, 'open', rootInode, { type: 'directory', mode: 0o777 });
  await exchange(owner, other);
  world.clock.advance(10);
  const closing = { kind: 'set-attributes', inode: directory, ...unchanged, mode: 0o700 } as const;
  expect(perform(owner, closing)).toBeUndefined();
  world.clock.advance(10);
  make(other, 'late', directory);
  await exchange(owner, other);
  for (const home of [owner, other]) expect(home.replica.isEmpty(directory)).toBe(true);
});

test('on lan the machines are trusted', async () => {
  await using world = new World();
  const owner = world.open(alice);
  const other = world.open(bob);
  const inode = make(owner, 'file');
  await deliver(owner, other);
  const closing = { kind: 'set-attributes', inode, ...unchanged, mode: 0o600, uid: 0 } as const;
  expect(perform(other, closing)).toBeUndefined();
});
