import { expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { caller, flags, named, Peers, root } from './peers.ts';
import { plantTree, renameIn, tellOutcomes, tellRefused, type Case } from './planted-tree.ts';

// Request by request, with which error Linux refuses it: names.

const long = named('n'.repeat(256));
const missing = (2 ** 40 + 5) as InodeId;

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
        void fs.link(caller, file, root, named('x'));
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
    ['to a new name', 'done', (t) => renameIn(t, root, 'file', root, 'new')],
    ['of no such name', 'ENOENT', (t) => renameIn(t, root, 'nothing', root, 'new')],
    ['to 256 bytes', 'ENAMETOOLONG', (t) => renameIn(t, root, 'file', root, long)],
    ['of a file over a file', 'done', (t) => renameIn(t, t.full, 'inner', root, 'file')],
    ['of a file over a directory', 'EISDIR', (t) => renameIn(t, root, 'file', root, 'void')],
    ['of a directory over a file', 'ENOTDIR', (t) => renameIn(t, root, 'void', root, 'file')],
    ['of a directory over an empty one', 'done', (t) => renameIn(t, root, 'full', root, 'void')],
    ['of a directory over a full one', 'ENOTEMPTY', (t) => renameIn(t, root, 'void', root, 'full')],
    ['of a directory into itself', 'EINVAL', (t) => renameIn(t, root, 'full', t.full, 'x')],
    ['of a directory deep into itself', 'EINVAL', (t) => renameIn(t, root, 'full', t.empty, 'x')],
    [
      'over a directory that holds it',
      'ENOTEMPTY',
      (t) => renameIn(t, t.full, 'empty', root, 'full'),
    ],
    ['into a file', 'ENOTDIR', (t) => renameIn(t, root, 'void', t.file, 'x')],
    ['over a link to the same file', 'done', (t) => renameIn(t, root, 'file', root, 'link')],
    [
      'without replacing, to a new name',
      'done',
      (t) => renameIn(t, root, 'file', root, 'new', 'no-replace'),
    ],
    [
      'without replacing, to a taken one',
      'EEXIST',
      (t) => renameIn(t, root, 'file', root, 'void', 'no-replace'),
    ],
    [
      'exchange with no such name',
      'ENOENT',
      (t) => renameIn(t, root, 'file', root, 'new', 'exchange'),
    ],
    [
      'exchange of a file and a full directory',
      'done',
      (t) => renameIn(t, root, 'file', root, 'full', 'exchange'),
    ],
    [
      'exchange with a directory that holds it',
      'EINVAL',
      (t) => renameIn(t, t.full, 'empty', root, 'full', 'exchange'),
    ],
    [
      'exchange with a directory inside it',
      'EINVAL',
      (t) => renameIn(t, root, 'full', t.full, 'empty', 'exchange'),
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
};

tellOutcomes(cases);

test('what was refused has changed nothing', () => tellRefused(cases, /was removed|without names/));

test('a rename onto another name of the same file leaves both and is not told to the tree', async () => {
  await using peers = new Peers();
  const tree = await plantTree(peers);
  await tree.home.replica.flush();
  renameIn(tree, root, 'file', root, 'link');
  expect(tree.home.replica.unsealed).toBe(0);
  expect(tree.fs.attributes(tree.file).links).toBe(2);
});
