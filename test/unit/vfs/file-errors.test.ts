import { test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import type { FileSystem } from '../../../src/vfs/file-system.ts';
import { caller, flags, named } from './peers.ts';
import { tellOutcomes, tellRefused, type Case } from './planted-tree.ts';

// Request by request, with which error Linux refuses it: bytes and extended attributes.

const cases: Record<string, Case[]> = {
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
      'access control list that is none',
      'EINVAL',
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

tellOutcomes(cases);

test('what was refused has changed nothing', () => tellRefused(cases, /that is there|64 KiB/));

function fillXattrs(fs: FileSystem, inode: InodeId): void {
  for (let index = 0; index < 300; index += 1) {
    const name = named(`user.${String(index).padStart(250, 'a')}`);
    fs.setXattr(caller, inode, name, Buffer.alloc(0), 0);
  }
}
