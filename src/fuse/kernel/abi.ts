// The structures of linux/fuse.h as offsets of their fields, written as the header writes them: field by field with its size. All are
// padded to 64 bits and in the machine's own byte order. Bodies follow a request's or reply's header, so offsets start after it.

/** Where each field of a structure begins, and in `bytes` how long it is. */
type Layout<Fields> = { readonly [Field in keyof Fields]: number } & { readonly bytes: number };

function struct<Fields extends Readonly<Record<string, number>>>(fields: Fields): Layout<Fields> {
  let bytes = 0;
  const offsets: Record<string, number> = {};
  for (const [field, size] of Object.entries(fields)) {
    offsets[field] = bytes;
    bytes += size;
  }
  return Object.freeze({ ...offsets, bytes }) as Layout<Fields>;
}

/** struct fuse_in_header: before every request. */
export const inHeader = struct({
  length: 4,
  opcode: 4,
  unique: 8,
  node: 8,
  uid: 4,
  gid: 4,
  pid: 4,
  extensionLength: 2,
  padding: 2,
});

/** struct fuse_out_header: before every reply and notification. `error` is 0 or a negative errno, and a notification's code. */
export const outHeader = struct({ length: 4, error: 4, unique: 8 });

export const initIn = struct({
  major: 4,
  minor: 4,
  maxReadahead: 4,
  flags: 4,
  flags2: 4,
  unused: 44,
});
export const initOut = struct({
  ...{ major: 4, minor: 4, maxReadahead: 4, flags: 4, maxBackground: 2, congestionThreshold: 2 },
  ...{ maxWrite: 4, timeGranularity: 4, maxPages: 2, mapAlignment: 2, flags2: 4 },
  ...{ maxStackDepth: 4, requestTimeout: 2, unused: 22 },
});

/** struct fuse_attr, part of the next two and of readdirplus. */
export const attributes = struct({
  ...{ inode: 8, size: 8, blocks: 8, atime: 8, mtime: 8, ctime: 8 },
  ...{ atimeNanoseconds: 4, mtimeNanoseconds: 4, ctimeNanoseconds: 4 },
  ...{ mode: 4, links: 4, uid: 4, gid: 4, rdev: 4, blockSize: 4, flags: 4 },
});
export const attributesOut = struct({
  valid: 8,
  validNanoseconds: 4,
  padding: 4,
  attributes: attributes.bytes,
});
export const entryOut = struct({
  ...{ node: 8, generation: 8, entryValid: 8, attributesValid: 8 },
  ...{ entryValidNanoseconds: 4, attributesValidNanoseconds: 4, attributes: attributes.bytes },
});

export const forgetIn = struct({ lookups: 8 });
export const batchForgetIn = struct({ count: 4, padding: 4 });
export const forgetOne = struct({ node: 8, lookups: 8 });
export const setattrIn = struct({
  ...{ valid: 4, padding: 4, handle: 8, size: 8, lockOwner: 8, atime: 8, mtime: 8, ctime: 8 },
  ...{ atimeNanoseconds: 4, mtimeNanoseconds: 4, ctimeNanoseconds: 4 },
  ...{ mode: 4, unused4: 4, uid: 4, gid: 4, unused5: 4 },
});
export const mknodIn = struct({ mode: 4, rdev: 4, umask: 4, padding: 4 });
export const mkdirIn = struct({ mode: 4, umask: 4 });
export const renameIn = struct({ newParent: 8 });
export const rename2In = struct({ newParent: 8, flags: 4, padding: 4 });
export const linkIn = struct({ node: 8 });
export const accessIn = struct({ mask: 4, padding: 4 });

export const openIn = struct({ flags: 4, openFlags: 4 });
export const createIn = struct({ flags: 4, mode: 4, umask: 4, openFlags: 4 });
export const openOut = struct({ handle: 8, openFlags: 4, backingId: 4 });
export const releaseIn = struct({ handle: 8, flags: 4, releaseFlags: 4, lockOwner: 8 });
export const flushIn = struct({ handle: 8, unused: 4, padding: 4, lockOwner: 8 });
/** struct fuse_lk_in: a range of bytes, both ends included, what is to be done to it, and for whom. */
export const lockIn = struct({
  ...{ handle: 8, owner: 8, start: 8, end: 8, type: 4, pid: 4, lockFlags: 4, padding: 4 },
});
export const lockOut = struct({ start: 8, end: 8, type: 4, pid: 4 });
export const fsyncIn = struct({ handle: 8, flags: 4, padding: 4 });
/** Of READ, READDIR and READDIRPLUS. */
export const readIn = struct({
  ...{ handle: 8, offset: 8, size: 4, readFlags: 4, lockOwner: 8, flags: 4, padding: 4 },
});
export const writeIn = struct({
  ...{ handle: 8, offset: 8, size: 4, writeFlags: 4, lockOwner: 8, flags: 4, padding: 4 },
});
export const writeOut = struct({ size: 4, padding: 4 });
export const fallocateIn = struct({ handle: 8, offset: 8, length: 8, mode: 4, padding: 4 });
export const lseekIn = struct({ handle: 8, offset: 8, whence: 4, padding: 4 });
export const lseekOut = struct({ offset: 8 });
export const copyFileRangeIn = struct({
  ...{ handleIn: 8, offsetIn: 8, nodeOut: 8, handleOut: 8, offsetOut: 8, length: 8, flags: 8 },
});
export const copyFileRangeOut = struct({ bytesCopied: 8 });

/** A directory entry; its name follows, padded with zeros to 8 bytes. */
export const directoryEntry = struct({ inode: 8, offset: 8, nameLength: 4, type: 4 });

/** The second half is sent only when SETXATTR_EXT was negotiated. */
export const setxattrIn = struct({ size: 4, flags: 4, setxattrFlags: 4, padding: 4 });
export const setxattrInCompatible = struct({ size: 4, flags: 4 });
export const getxattrIn = struct({ size: 4, padding: 4 });
export const getxattrOut = struct({ size: 4, padding: 4 });

export const statfsOut = struct({
  ...{ blocks: 8, blocksFree: 8, blocksAvailable: 8, inodes: 8, inodesFree: 8 },
  ...{ blockSize: 4, nameLength: 4, fragmentSize: 4, padding: 4, spare: 24 },
});

export const interruptIn = struct({ unique: 8 });

export const notifyInvalidateInode = struct({ inode: 8, offset: 8, length: 8 });
export const notifyInvalidateEntry = struct({ parent: 8, nameLength: 4, flags: 4 });
export const notifyDelete = struct({ parent: 8, child: 8, nameLength: 4, padding: 4 });
