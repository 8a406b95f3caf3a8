import { describe, expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { caller, flags, named, outcome, Peers, root, writeFile, type Peer } from './peers.ts';

// Request by request, with which error Linux refuses it. The tree before each: a file `file`, a link `link` to it, a directory `full`
// that holds a file `inner` and a directory `empty`, a directory `void` without entries, a symbolic link `symlink`.

interface Tree extends Peer {
  readonly file: InodeId;
  readonly full: InodeId;
  readonly inner: InodeId;
  readonly empty: InodeId;
  readonly bare: InodeId;
  readonly symlink: InodeId;
}

type Case = [title: string, expected: string, request: (tree: Tree) => unknown];

const long = named('n'.repeat(256));
const missing = (2 ** 40 + 5) as InodeId;
const replace = 'replace' as const;

const cases: Record<string, Case[]> = {
  lookup: [
    ['of what is there', 'done', ({ fs }) => fs.lookup(caller, root, named('file'))],
    ['of no such name', 'ENOENT', ({ fs }) => fs.lookup(caller, root, named('nothing'))],
    ['in a file', 'ENOTDIR', ({ fs, file }) => fs.lookup(caller, file, named('x'))],
    ['of 256 bytes', 'ENAMETOOLONG', ({ fs }) => fs.lookup(caller, root, long)],
    ['in no inode', 'ESTALE', ({ fs }) => fs.lookup(caller, missing, named('x'))],
    ['of `..` in the root', 'done', ({ fs }) => fs.lookup(caller, root, named('..'))],
    ['attributes of no inode', 'ESTALE', ({ fs }) => fs.attributes(missing)],
  ],
  mkdir: [
    ['of a new name', 'done', ({ fs }) => fs.makeDirectory(caller, root, named('new'), 0o755)],
    [
      'of a name that is there',
      'EEXIST',
      ({ fs }) => fs.makeDirectory(caller, root, named('file'), 0o755),
    ],
    ['in a file', 'ENOTDIR', ({ fs, file }) => fs.makeDirectory(caller, file, named('x'), 0o755)],
    ['of 256 bytes', 'ENAMETOOLONG', ({ fs }) => fs.makeDirectory(caller, root, long, 0o755)],
    [
      'in a directory that was removed',
      'ENOENT',
      ({ fs, bare }) => {
        fs.removeDirectory(caller, root, named('void'));
        fs.makeDirectory(caller, bare, named('x'), 0o755);
      },
    ],
  ],
  mknod: [
    [
      'of a directory',
      'EPERM',
      ({ fs }) => fs.makeNode(caller, root, named('x'), 'directory', 0o755, 0),
    ],
    [
      'of a name that is there',
      'EEXIST',
      ({ fs }) => fs.makeNode(caller, root, named('file'), 'fifo', 0o644, 0),
    ],
    ['of a fifo', 'done', ({ fs }) => fs.makeNode(caller, root, named('x'), 'fifo', 0o644, 0)],
    [
      'of a device',
      'done',
      ({ fs }) => fs.makeNode(caller, root, named('x'), 'character-device', 0o644, 259),
    ],
  ],
  symlink: [
    ['to 4095 bytes', 'done', ({ fs }) => fs.symlink(caller, root, named('x'), 't'.repeat(4095))],
    [
      'to 4096 bytes',
      'ENAMETOOLONG',
      ({ fs }) => fs.symlink(caller, root, named('x'), 't'.repeat(4096)),
    ],
    ['to nothing', 'ENOENT', ({ fs }) => fs.symlink(caller, root, named('x'), '')],
    ['of a name that is there', 'EEXIST', ({ fs }) => fs.symlink(caller, root, named('file'), 't')],
    ['readlink of a file', 'EINVAL', ({ fs, file }) => fs.readlink(file)],
  ],
  link: [
    ['of a file', 'done', ({ fs, file }) => fs.link(caller, file, root, named('x'))],
    ['of a symbolic link', 'done', ({ fs, symlink }) => fs.link(caller, symlink, root, named('x'))],
    ['of a directory', 'EPERM', ({ fs, full }) => fs.link(caller, full, root, named('x'))],
    [
      'to a name that is there',
      'EEXIST',
      ({ fs, file }) => fs.link(caller, file, root, named('full')),
    ],
    ['into a file', 'ENOTDIR', ({ fs, file }) => fs.link(caller, file, file, named('x'))],
    [
      'of a file without names',
      'ENOENT',
      ({ fs, file }) => {
        fs.unlink(caller, root, named('file'));
        fs.unlink(caller, root, named('link'));
        fs.link(caller, file, root, named('x'));
      },
    ],
  ],
  unlink: [
    ['of a file', 'done', ({ fs }) => fs.unlink(caller, root, named('file'))],
    ['of no such name', 'ENOENT', ({ fs }) => fs.unlink(caller, root, named('nothing'))],
    ['of a directory', 'EISDIR', ({ fs }) => fs.unlink(caller, root, named('void'))],
    ['in a file', 'ENOTDIR', ({ fs, file }) => fs.unlink(caller, file, named('x'))],
  ],
  rmdir: [
    ['of an empty directory', 'done', ({ fs }) => fs.removeDirectory(caller, root, named('void'))],
    ['of a full one', 'ENOTEMPTY', ({ fs }) => fs.removeDirectory(caller, root, named('full'))],
    ['of a file', 'ENOTDIR', ({ fs }) => fs.removeDirectory(caller, root, named('file'))],
    [
      'of a symbolic link',
      'ENOTDIR',
      ({ fs }) => fs.removeDirectory(caller, root, named('symlink')),
    ],
    ['of no such name', 'ENOENT', ({ fs }) => fs.removeDirectory(caller, root, named('nothing'))],
  ],
  rename: [
    ['to a new name', 'done', (t) => rename(t, root, 'file', root, 'new')],
    ['of no such name', 'ENOENT', (t) => rename(t, root, 'nothing', root, 'new')],
    ['to 256 bytes', 'ENAMETOOLONG', (t) => rename(t, root, 'file', root, long)],
    ['of a file over a file', 'done', (t) => rename(t, t.full, 'inner', root, 'file')],
    ['of a file over a directory', 'EISDIR', (t) => rename(t, root, 'file', root, 'void')],
    ['of a directory over a file', 'ENOTDIR', (t) => rename(t, root, 'void', root, 'file')],
    ['of a directory over an empty one', 'done', (t) => rename(t, root, 'full', root, 'void')],
    ['of a directory over a full one', 'ENOTEMPTY', (t) => rename(t, root, 'void', root, 'full')],
    ['of a directory into itself', 'EINVAL', (t) => rename(t, root, 'full', t.full, 'x')],
    ['of a directory deep into itself', 'EINVAL', (t) => rename(t, root, 'full', t.empty, 'x')],
    [
      'over a directory that holds it',
      'ENOTEMPTY',
      (t) => rename(t, t.full, 'empty', root, 'full'),
    ],
    ['into a file', 'ENOTDIR', (t) => rename(t, root, 'void', t.file, 'x')],
    ['over a link to the same file', 'done', (t) => rename(t, root, 'file', root, 'link')],
    [
      'without replacing, to a new name',
      'done',
      (t) => rename(t, root, 'file', root, 'new', 'no-replace'),
    ],
    [
      'without replacing, to a taken one',
      'EEXIST',
      (t) => rename(t, root, 'file', root, 'void', 'no-replace'),
    ],
    [
      'exchange with no such name',
      'ENOENT',
      (t) => rename(t, root, 'file', root, 'new', 'exchange'),
    ],
    [
      'exchange of a file and a full directory',
      'done',
      (t) => rename(t, root, 'file', root, 'full', 'exchange'),
    ],
    [
      'exchange with a directory that holds it',
      'EINVAL',
      (t) => rename(t, t.full, 'empty', root, 'full', 'exchange'),
    ],
    [
      'exchange with a directory inside it',
      'EINVAL',
      (t) => rename(t, root, 'full', t.full, 'empty', 'exchange'),
    ],
  ],
  open: [
    ['of a file', 'done', ({ fs, file }) => fs.open(caller, file, flags.readWrite)],
    ['of a directory', 'EISDIR', ({ fs, full }) => fs.open(caller, full, flags.read)],
    ['of a symbolic link', 'ELOOP', ({ fs, symlink }) => fs.open(caller, symlink, flags.read)],
    ['opendir of a file', 'ENOTDIR', ({ fs, file }) => fs.openDirectory(caller, file)],
    [
      'create of a new name',
      'done',
      ({ fs }) => fs.create(caller, root, named('x'), 0o644, flags.readWrite),
    ],
    [
      'create of a name that is there',
      'done',
      ({ fs }) => fs.create(caller, root, named('file'), 0o644, 2),
    ],
    [
      'exclusive create of it',
      'EEXIST',
      ({ fs }) => fs.create(caller, root, named('file'), 0o644, 2 | flags.exclusive),
    ],
    [
      'create over a directory',
      'EISDIR',
      ({ fs }) => fs.create(caller, root, named('full'), 0o644, 2),
    ],
    [
      'create in a file',
      'ENOTDIR',
      ({ fs, file }) => fs.create(caller, file, named('x'), 0o644, 2),
    ],
  ],
  'reading and writing': [
    [
      'read of what is open for writing',
      'EBADF',
      async ({ fs, file }) =>
        fs.read(await fs.open(caller, file, flags.write), 0, Buffer.alloc(1), undefined),
    ],
    [
      'write of what is open for reading',
      'EBADF',
      async ({ fs, file }) =>
        fs.write(caller, await fs.open(caller, file, flags.read), 0, Buffer.alloc(1), false),
    ],
    [
      'write at the largest size',
      'EFBIG',
      async ({ fs, file }) =>
        fs.write(caller, await fs.open(caller, file, flags.write), 1 << 20, Buffer.alloc(1), false),
    ],
    [
      'truncate beyond it',
      'EFBIG',
      ({ fs, file }) => fs.setAttributes(caller, file, { size: (1 << 20) + 1 }),
    ],
    [
      'truncate of a directory',
      'EISDIR',
      ({ fs, full }) => fs.setAttributes(caller, full, { size: 0 }),
    ],
    [
      'truncate of a symbolic link',
      'EINVAL',
      ({ fs, symlink }) => fs.setAttributes(caller, symlink, { size: 0 }),
    ],
    [
      'truncate to less than nothing',
      'EINVAL',
      ({ fs, file }) => fs.setAttributes(caller, file, { size: -1 }),
    ],
    [
      'ftruncate of what is open for reading',
      'EINVAL',
      async ({ fs, file }) =>
        fs.setAttributes(caller, file, {
          size: 1,
          handle: await fs.open(caller, file, flags.read),
        }),
    ],
    [
      'seeking data behind the end',
      'ENXIO',
      async ({ fs, file }) => fs.seek(await fs.open(caller, file, flags.read), 4, 3),
    ],
    [
      'seeking by another rule',
      'EINVAL',
      async ({ fs, file }) => fs.seek(await fs.open(caller, file, flags.read), 0, 2),
    ],
    [
      'allocating nothing',
      'EINVAL',
      async ({ fs, file }) =>
        fs.allocate(caller, await fs.open(caller, file, flags.write), 0, 0, 0),
    ],
    [
      'allocating too much',
      'EFBIG',
      async ({ fs, file }) =>
        fs.allocate(caller, await fs.open(caller, file, flags.write), 0, 1 << 20, 1),
    ],
    [
      'punching without keeping the size',
      'EOPNOTSUPP',
      async ({ fs, file }) =>
        fs.allocate(caller, await fs.open(caller, file, flags.write), 2, 0, 1),
    ],
    [
      'collapsing',
      'EOPNOTSUPP',
      async ({ fs, file }) =>
        fs.allocate(caller, await fs.open(caller, file, flags.write), 8, 0, 1),
    ],
    [
      'inserting',
      'EOPNOTSUPP',
      async ({ fs, file }) =>
        fs.allocate(caller, await fs.open(caller, file, flags.write), 0x20, 0, 1),
    ],
    [
      'copying onto itself',
      'EINVAL',
      async ({ fs, file }) => {
        const handle = await fs.open(caller, file, flags.readWrite);
        await fs.copyRange(caller, handle, 0, handle, 1, 2);
      },
    ],
    [
      'copying to the end of what appends',
      'EBADF',
      async ({ fs, file, inner }) => {
        const from = await fs.open(caller, file, flags.read);
        const to = await fs.open(caller, inner, flags.write | flags.append);
        await fs.copyRange(caller, from, 0, to, 0, 2);
      },
    ],
  ],
  xattr: [
    [
      'set',
      'done',
      ({ fs, file }) => fs.setXattr(caller, file, named('user.a'), Buffer.from('1'), 0),
    ],
    ['get of none', 'ENODATA', ({ fs, file }) => fs.getXattr(caller, file, named('user.a'))],
    ['remove of none', 'ENODATA', ({ fs, file }) => fs.removeXattr(caller, file, named('user.a'))],
    [
      'replace of none',
      'ENODATA',
      ({ fs, file }) => fs.setXattr(caller, file, named('user.a'), Buffer.alloc(0), 2),
    ],
    [
      'create of one that is there',
      'EEXIST',
      ({ fs, file }) => {
        fs.setXattr(caller, file, named('user.a'), Buffer.alloc(0), 1);
        fs.setXattr(caller, file, named('user.a'), Buffer.alloc(0), 1);
      },
    ],
    [
      'with other flags',
      'EINVAL',
      ({ fs, file }) => fs.setXattr(caller, file, named('user.a'), Buffer.alloc(0), 4),
    ],
    [
      'of 64 KiB',
      'done',
      ({ fs, file }) => fs.setXattr(caller, file, named('user.a'), Buffer.alloc(65_536), 0),
    ],
    [
      'of more',
      'E2BIG',
      ({ fs, file }) => fs.setXattr(caller, file, named('user.a'), Buffer.alloc(65_537), 0),
    ],
    [
      'name of 255 bytes',
      'done',
      ({ fs, file }) =>
        fs.setXattr(caller, file, named(`user.${'a'.repeat(250)}`), Buffer.alloc(1), 0),
    ],
    [
      'name of 256 bytes',
      'ERANGE',
      ({ fs, file }) =>
        fs.setXattr(caller, file, named(`user.${'a'.repeat(251)}`), Buffer.alloc(1), 0),
    ],
    [
      'without a name',
      'EINVAL',
      ({ fs, file }) => fs.setXattr(caller, file, named('user.'), Buffer.alloc(1), 0),
    ],
    [
      'access control list',
      'EOPNOTSUPP',
      ({ fs, file }) =>
        fs.setXattr(caller, file, named('system.posix_acl_access'), Buffer.alloc(1), 0),
    ],
    ['list beyond 64 KiB', 'ENOSPC', ({ fs, file }) => fillXattrs(fs, file)],
    [
      'trusted',
      'done',
      ({ fs, file }) => fs.setXattr(caller, file, named('trusted.a'), Buffer.alloc(1), 0),
    ],
    [
      'security',
      'done',
      ({ fs, file }) => fs.setXattr(caller, file, named('security.a'), Buffer.alloc(1), 0),
    ],
  ],
};

for (const [request, rows] of Object.entries(cases)) {
  describe(request, () => {
    test.each(rows)('%s: %s', async (_title, expected, act) => {
      await using peers = new Peers();
      const tree = await plant(peers.open({ limits: { maximumFileBytes: 1 << 20 } }));
      expect(await outcome(() => act(tree))).toBe(expected);
    });
  });
}

test('what was refused has changed nothing', async () => {
  await using peers = new Peers();
  const tree = await plant(peers.open({ limits: { maximumFileBytes: 1 << 20 } }));
  const before = tree.home.replica.unsealed;
  const refused = Object.values(cases)
    .flat()
    .filter(([title, expected]) => expected !== 'done' && !changesBeforeItFails.test(title));
  await tree.home.replica.flush();
  for (const [, , act] of refused) await outcome(() => act(tree));
  expect(before).toBeGreaterThan(0);
  expect(tree.home.replica.unsealed).toBe(0);
});

const changesBeforeItFails = /was removed|without names|that is there|64 KiB/;

async function plant(peer: Peer): Promise<Tree> {
  const { fs } = peer;
  const file = await writeFile(peer, 'file', 'file');
  fs.link(caller, file, root, named('link'));
  const full = fs.makeDirectory(caller, root, named('full'), 0o755).inode;
  const inner = await writeFile(peer, 'inner', 'inner', full);
  const empty = fs.makeDirectory(caller, full, named('empty'), 0o755).inode;
  const bare = fs.makeDirectory(caller, root, named('void'), 0o755).inode;
  const symlink = fs.symlink(caller, root, named('symlink'), 'file').inode;
  return { ...peer, file, full, inner, empty, bare, symlink };
}

function rename(
  { fs }: Tree,
  parent: InodeId,
  name: string,
  newParent: InodeId,
  newName: string,
  mode: 'replace' | 'no-replace' | 'exchange' = replace,
): void {
  fs.rename(caller, parent, named(name), newParent, named(newName), mode);
}

function fillXattrs(fs: Tree['fs'], inode: InodeId): void {
  for (let index = 0; index < 300; index += 1) {
    const name = named(`user.${String(index).padStart(250, 'a')}`);
    fs.setXattr(caller, inode, name, Buffer.alloc(0), 0);
  }
}
