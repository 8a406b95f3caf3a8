import type { Chance } from '../crash-loop/random.ts';
import * as word from './words.ts';

/** One kind of system call, and how often it comes. */
export interface KindOfStep {
  readonly weight: number;
  /** Left out where there is one user and nobody else to give files to. */
  readonly givesAway?: true;
  readonly choose: (chance: Chance) => readonly string[];
}

const { path, slot, position, count, seed, mode, owner, mapping } = word;

const accesses = ['O_RDWR', 'O_RDWR', 'O_RDWR', 'O_WRONLY', 'O_RDONLY'];
const openingFlags = ['O_CREAT', 'O_CREAT', 'O_CREAT', 'O_CREAT', 'O_TRUNC', 'O_APPEND', 'O_EXCL'];
const rareFlags = ['O_NOFOLLOW', 'O_DIRECTORY', 'O_PATH', 'O_SYNC', 'O_NONBLOCK'];

function flags(chance: Chance): string {
  const chosen = [chance.pick(accesses), 'O_NONBLOCK'];
  for (const flag of openingFlags) if (chance.happens(0.25)) chosen.push(flag);
  if (chance.happens(0.1)) chosen.push(chance.pick(rareFlags));
  return [...new Set(chosen)].join('|');
}

const whence = ['SEEK_SET', 'SEEK_CUR', 'SEEK_END'];
const renameFlags = [
  '0',
  '0',
  'RENAME_NOREPLACE',
  'RENAME_EXCHANGE',
  'RENAME_NOREPLACE|RENAME_EXCHANGE',
];
const allocations = [
  ...[
    '0',
    'FALLOC_FL_KEEP_SIZE',
    'FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE',
    'FALLOC_FL_PUNCH_HOLE',
  ],
  ...['FALLOC_FL_ZERO_RANGE', 'FALLOC_FL_ZERO_RANGE|FALLOC_FL_KEEP_SIZE'],
];
const nodeTypes = ['S_IFIFO', 'S_IFSOCK', 'S_IFREG', 'S_IFCHR', 'S_IFDIR', '0'];

function pick(chance: Chance, ...values: readonly string[]): string {
  return chance.pick(values);
}

/** All kinds of steps, by what they are about. */
export const kindsOfSteps: readonly KindOfStep[] = [
  // Open files
  { weight: 12, choose: (c) => ['hold', slot(c), path(c), flags(c), mode(c)] },
  { weight: 1, choose: (c) => ['hold-again', slot(c), slot(c)] },
  { weight: 1, choose: (c) => ['reopen', slot(c), slot(c), flags(c).replace('O_CREAT', 'O_SYNC')] },
  { weight: 4, choose: (c) => ['drop', slot(c)] },
  // Bytes
  { weight: 6, choose: (c) => ['write-noise', slot(c), count(c), seed(c)] },
  {
    weight: 8,
    choose: (c) => [
      'pwrite-noise',
      slot(c),
      position(c),
      count(c),
      seed(c),
      pick(c, '0', '0', '0', 'RWF_APPEND'),
    ],
  },
  { weight: 3, choose: (c) => ['read-noise', slot(c), count(c)] },
  { weight: 4, choose: (c) => ['pread-noise', slot(c), position(c), count(c)] },
  { weight: 2, choose: (c) => ['lseek', slot(c), position(c), pick(c, ...whence)] },
  { weight: 5, choose: (c) => ['ftruncate', slot(c), position(c)] },
  { weight: 3, choose: (c) => ['truncate', path(c), position(c)] },
  {
    weight: 5,
    choose: (c) => ['fallocate', slot(c), pick(c, ...allocations), word.near(c), count(c)],
  },
  { weight: 3, choose: (c) => ['copy', slot(c), word.near(c), slot(c), word.near(c), count(c)] },
  { weight: 1, choose: (c) => ['fsync', slot(c)] },
  { weight: 1, choose: (c) => ['fdatasync', slot(c)] },
  { weight: 2, choose: (c) => ['survey-held', slot(c)] },
  // Memory
  {
    weight: 3,
    choose: (c) => [
      'map',
      mapping(c),
      slot(c),
      pick(c, 'PROT_READ|PROT_WRITE', 'PROT_READ'),
      pick(c, 'MAP_SHARED', 'MAP_SHARED', 'MAP_PRIVATE'),
      pick(c, '0', '0', '4096', '65536'),
    ],
  },
  {
    weight: 3,
    choose: (c) => ['poke', mapping(c), String(c.below(60_000)), String(c.below(5000)), seed(c)],
  },
  {
    weight: 3,
    choose: (c) => ['peek', mapping(c), String(c.below(60_000)), String(c.below(5000))],
  },
  { weight: 1, choose: (c) => ['unmap', mapping(c)] },
  // Names
  {
    weight: 6,
    choose: (c) => ['renameat2', 'AT', path(c), 'AT', path(c), pick(c, ...renameFlags)],
  },
  { weight: 5, choose: (c) => ['rename', path(c), path(c)] },
  { weight: 5, choose: (c) => ['link', path(c), path(c)] },
  { weight: 1, choose: (c) => ['linkat', 'AT', path(c), 'AT', path(c), 'AT_SYMLINK_FOLLOW'] },
  { weight: 6, choose: (c) => ['unlink', path(c)] },
  { weight: 5, choose: (c) => ['mkdir', path(c), mode(c)] },
  { weight: 3, choose: (c) => ['rmdir', path(c)] },
  {
    weight: 3,
    choose: (c) => ['symlink', pick(c, 'd', 'x', 'a', '../a', 'nowhere', 'd/e', 's', '.'), path(c)],
  },
  { weight: 2, choose: (c) => ['readlink', path(c)] },
  { weight: 1, choose: (c) => ['mknod', path(c), `${pick(c, ...nodeTypes)}|${mode(c)}`, '259'] },
  { weight: 2, choose: (c) => ['list', path(c)] },
  { weight: 0.4, choose: (c) => ['make-many', path(c), `m${c.below(3)}-`, String(c.below(60))] },
  { weight: 0.3, choose: (c) => ['every-position', path(c)] },
  { weight: 0.5, choose: (c) => ['entries-match', path(c)] },
  // Attributes
  { weight: 4, choose: (c) => ['chmod', path(c), mode(c)] },
  { weight: 1, choose: (c) => ['fchmod', slot(c), mode(c)] },
  { weight: 2, givesAway: true, choose: (c) => ['chown', path(c), owner(c), owner(c)] },
  { weight: 1, givesAway: true, choose: (c) => ['lchown', path(c), owner(c), owner(c)] },
  { weight: 1, givesAway: true, choose: (c) => ['fchown', slot(c), owner(c), owner(c)] },
  {
    weight: 3,
    choose: (c) => [
      'utimensat',
      'AT',
      path(c),
      word.time(c),
      word.time(c),
      pick(c, '0', 'AT_SYMLINK_NOFOLLOW'),
    ],
  },
  { weight: 1, choose: (c) => ['utimensat', slot(c), 'NULL', word.time(c), word.time(c), '0'] },
  {
    weight: 2,
    choose: (c) => [
      'faccessat2',
      'AT',
      path(c),
      pick(c, 'R_OK', 'W_OK', 'X_OK', 'R_OK|W_OK', 'F_OK'),
      'AT_EACCESS',
    ],
  },
  // Extended attributes
  {
    weight: 3,
    choose: (c) => [
      'setxattr',
      path(c),
      word.xattrName(c),
      word.xattrValue(c),
      pick(c, '0', '0', 'XATTR_CREATE', 'XATTR_REPLACE'),
    ],
  },
  { weight: 1, choose: (c) => ['lsetxattr', path(c), word.xattrName(c), word.xattrValue(c), '0'] },
  { weight: 1, choose: (c) => ['fsetxattr', slot(c), word.xattrName(c), word.xattrValue(c), '0'] },
  { weight: 1, choose: (c) => ['getxattr', path(c), word.xattrName(c)] },
  { weight: 1, choose: (c) => ['lgetxattr', path(c), word.xattrName(c)] },
  { weight: 1, choose: (c) => ['listxattr', path(c)] },
  { weight: 2, choose: (c) => ['removexattr', path(c), word.xattrName(c)] },
  { weight: 1, choose: (c) => ['fremovexattr', slot(c), word.xattrName(c)] },
];
