import { posixErrors } from '../../vfs/posix-error.ts';
import { opcodes, type OpcodeName } from '../kernel/opcodes.ts';
import { getattr, setattr, statfs } from './attributes.ts';
import type { Handler } from './bridge.ts';
import { destroy, ignore, interrupt, notImplemented, refuse } from './control.ts';
import { fsyncdir, opendir, readdir, readdirplus, releasedir } from './directories.ts';
import { link, mkdir, mknod, rename, rename2, rmdir, symlink, unlink } from './entries.ts';
import { copyFileRange, copyFileRange64, fallocate, lseek, read, write } from './file-data.ts';
import { getlk, setlk, setlkw } from './locks.ts';
import { access, batchForget, forget, lookup, readlink } from './lookup.ts';
import { create, flush, fsync, open, release, tmpfile } from './open-files.ts';
import { getxattr, listxattr, removexattr, setxattr } from './xattrs.ts';

/** Who answers what. docs/guide/kernel-requests.md gives the reason of each refusal. INIT never comes here: the session answers it. */
const handlersByName: Readonly<Record<Exclude<OpcodeName, 'INIT'>, Handler>> = {
  LOOKUP: lookup,
  FORGET: forget,
  BATCH_FORGET: batchForget,
  READLINK: readlink,
  ACCESS: access,

  GETATTR: getattr,
  SETATTR: setattr,
  STATFS: statfs,
  STATX: notImplemented,

  MKNOD: mknod,
  MKDIR: mkdir,
  SYMLINK: symlink,
  LINK: link,
  UNLINK: unlink,
  RMDIR: rmdir,
  RENAME: rename,
  RENAME2: rename2,
  TMPFILE: tmpfile,

  OPEN: open,
  CREATE: create,
  FLUSH: flush,
  FSYNC: fsync,
  RELEASE: release,
  SYNCFS: notImplemented,

  READ: read,
  WRITE: write,
  FALLOCATE: fallocate,
  LSEEK: lseek,
  COPY_FILE_RANGE: copyFileRange,
  COPY_FILE_RANGE_64: copyFileRange64,
  BMAP: notImplemented,
  SETUPMAPPING: notImplemented,
  REMOVEMAPPING: notImplemented,

  OPENDIR: opendir,
  READDIR: readdir,
  READDIRPLUS: readdirplus,
  FSYNCDIR: fsyncdir,
  RELEASEDIR: releasedir,

  GETXATTR: getxattr,
  LISTXATTR: listxattr,
  SETXATTR: setxattr,
  REMOVEXATTR: removexattr,

  GETLK: getlk,
  SETLK: setlk,
  SETLKW: setlkw,

  INTERRUPT: interrupt,
  DESTROY: destroy,
  POLL: notImplemented,
  IOCTL: refuse(posixErrors.ENOTTY),
  NOTIFY_REPLY: ignore,
  CUSE_INIT: notImplemented,
};

/** By opcode. CUSE_INIT, far above the others, is left to the answer for what is not in the table: ENOSYS as well. */
export const handlers: readonly (Handler | undefined)[] = byOpcode();

function byOpcode(): (Handler | undefined)[] {
  const table: (Handler | undefined)[] = [];
  for (const [name, handler] of Object.entries(handlersByName)) {
    const opcode = opcodes[name as OpcodeName];
    if (opcode < opcodes.CUSE_INIT) table[opcode] = handler;
  }
  return table;
}
