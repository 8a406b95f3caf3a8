import type { InodeId } from '../metadata/ids.ts';
import type { Context } from './context.ts';
import type { FileSystem, FileSystemStatistics } from './file-system.ts';
import { allocate } from './operations/allocate.ts';
import { checkAccess } from './operations/check-access.ts';
import { copyRange } from './operations/copy-range.ts';
import { create } from './operations/create.ts';
import { list, openDirectory, syncDirectory } from './operations/directory.ts';
import { flush, fsync, release } from './operations/flush.ts';
import { forget } from './operations/forget.ts';
import { link } from './operations/link.ts';
import { find, lookup } from './operations/lookup.ts';
import { makeDirectory, makeNode, makeSymlink } from './operations/make-node.ts';
import { createNameless } from './operations/nameless.ts';
import { open } from './operations/open.ts';
import { read } from './operations/read.ts';
import { readlink } from './operations/readlink.ts';
import { rename } from './operations/rename.ts';
import { seek } from './operations/seek.ts';
import { setAttributes } from './operations/set-attributes.ts';
import { removeDirectory, unlink } from './operations/unlink.ts';
import { write } from './operations/write.ts';
import { findXattr, getXattr, listXattrs, removeXattr, setXattr } from './operations/xattr.ts';

/** Each request and the operation that answers it. Bound functions, as they cost nothing when called. */
export function bindOperations(
  context: Context,
  statistics: () => FileSystemStatistics,
): FileSystem {
  return {
    lookup: lookup.bind(null, context),
    find: find.bind(null, context),
    forget: forget.bind(null, context),
    isReferenced: (inode: InodeId) => context.references.has(inode),
    attributes: (inode: InodeId) => context.attributes.of(inode),
    setAttributes: setAttributes.bind(null, context),
    readlink: readlink.bind(null, context),
    access: checkAccess.bind(null, context),
    makeNode: makeNode.bind(null, context),
    makeDirectory: makeDirectory.bind(null, context),
    symlink: makeSymlink.bind(null, context),
    link: link.bind(null, context),
    unlink: unlink.bind(null, context),
    removeDirectory: removeDirectory.bind(null, context),
    rename: rename.bind(null, context),
    open: open.bind(null, context),
    create: create.bind(null, context),
    createNameless: createNameless.bind(null, context),
    read: read.bind(null, context),
    write: write.bind(null, context),
    flush: flush.bind(null, context),
    fsync: (handle) => fsync(context, handle),
    release: release.bind(null, context),
    allocate: allocate.bind(null, context),
    seek: seek.bind(null, context),
    copyRange: copyRange.bind(null, context),
    locks: context.locks,
    openDirectory: openDirectory.bind(null, context),
    list: list.bind(null, context),
    syncDirectory: () => syncDirectory(context),
    releaseDirectory: () => undefined,
    getXattr: getXattr.bind(null, context),
    findXattr: findXattr.bind(null, context),
    listXattrs: listXattrs.bind(null, context),
    setXattr: setXattr.bind(null, context),
    removeXattr: removeXattr.bind(null, context),
    statistics,
  };
}
