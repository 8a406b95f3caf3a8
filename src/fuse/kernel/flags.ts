// The bits of linux/fuse.h (7.45) that this side reads or sets, and no others.

/** The protocol's version that we speak; a newer kernel adapts itself. */
export const protocolMajor = 7;
export const protocolMinor = 45;
/** Linux 5.4. Below it, structures are shorter than ours. */
export const oldestMinor = 31;

/** `flags` of INIT: what kernel and file system can both do. */
export const initFlags = {
  asyncRead: 1 << 0,
  posixLocks: 1 << 1,
  atomicTruncate: 1 << 3,
  bigWrites: 1 << 5,
  dontMask: 1 << 6,
  flockLocks: 1 << 10,
  readdirplus: 1 << 13,
  readdirplusAuto: 1 << 14,
  parallelDirectoryOperations: 1 << 18,
  accessLists: 1 << 20,
  abortError: 1 << 21,
  maxPages: 1 << 22,
  cacheSymlinks: 1 << 23,
  explicitInvalidation: 1 << 25,
  handleKillPrivileges2: 1 << 28,
  setxattrExtended: 1 << 29,
  initExtended: 1 << 30,
} as const;

/** `flags2` of INIT: bits 32 and up of the header's list. */
export const initFlags2 = {
  passthrough: 1 << (37 - 32),
} as const;

/** `open_flags` of the reply to OPEN, CREATE and OPENDIR. */
export const openReplyFlags = {
  directIo: 1 << 0,
  keepCache: 1 << 1,
  parallelDirectWrites: 1 << 6,
  passthrough: 1 << 7,
} as const;

/** `open_flags` of the requests OPEN and CREATE. */
export const openRequestFlags = { killPrivileges: 1 << 0 } as const;

/** Of open(2), as in the `flags` of WRITE: what they are now. Pages that the kernel writes back by itself have none. */
export const fileFlags = { append: 0o2000, dataSync: 0o10000 } as const;

/** `write_flags` of WRITE. */
export const writeFlags = { fromPageCache: 1 << 0, killPrivileges: 1 << 2 } as const;

/** `setxattr_flags` of SETXATTR. */
export const setxattrFlags = { clearSetGroup: 1 << 0 } as const;

/** `lk_flags` of SETLK and SETLKW. */
export const lockFlags = { flock: 1 << 0 } as const;

/** `valid` of SETATTR. */
export const setattrFlags = {
  mode: 1 << 0,
  uid: 1 << 1,
  gid: 1 << 2,
  size: 1 << 3,
  atime: 1 << 4,
  mtime: 1 << 5,
  handle: 1 << 6,
  atimeNow: 1 << 7,
  mtimeNow: 1 << 8,
  killPrivileges: 1 << 11,
} as const;

/** `flags` of FSYNC and FSYNCDIR. */
export const fsyncFlags = { dataOnly: 1 << 0 } as const;

/** Codes of what we tell the kernel unasked. */
export const notificationCodes = { invalidateInode: 2, invalidateEntry: 3, delete: 6 } as const;
