import { initFlags, initFlags2, oldestMinor, protocolMajor, protocolMinor } from './flags.ts';

/** What the kernel offers in INIT. */
export interface KernelOffer {
  readonly major: number;
  readonly minor: number;
  readonly maxReadahead: number;
  readonly flags: number;
  readonly flags2: number;
}

/** What of the mount's options the agreement depends on. */
export interface MountPolicy {
  /** The mount has `default_permissions`. */
  readonly kernelChecksPermissions: boolean;
}

/** What kernel and file system settled on. */
export interface Agreement {
  readonly major: number;
  readonly minor: number;
  readonly maxReadahead: number;
  readonly flags: number;
  readonly flags2: number;
}

/** One read or write request carries up to this many bytes. */
export const maximumRequestBytes = 1 << 20;

/** The same in pages of 4 KiB: the kernel's own limit unless an administrator raises it. */
export const maximumRequestPages = 256;

/** Read-ahead and asynchronous requests that the kernel keeps in flight: enough to hide a network's delay from several readers. */
export const maximumBackgroundRequests = 64;

/** From this many on, the kernel tells writers to slow down. */
export const congestionThreshold = 48;

/** How deep file systems may be stacked when files are passed through to the disk's: ours on one real one. */
export const maximumStackDepth = 1;

// Left out on purpose:
// WRITEBACK_CACHE excludes passthrough, and would make the kernel the authority for sizes and times.
// EXPLICIT_INVAL_DATA: without it the kernel drops pages by itself when a size changes. With it, the rest of the last page would read as
// zeros from when a new size is seen until our notification arrives.
// ASYNC_DIO: with it, no signal ends a read with O_DIRECT that waits for a peer.
// EXPORT_SUPPORT needs looking up `.` and `..` of nodes that the kernel has forgotten.
const wanted =
  initFlags.asyncRead |
  initFlags.posixLocks |
  initFlags.flockLocks |
  initFlags.atomicTruncate |
  initFlags.bigWrites |
  // In a directory with a default access list the umask does not count.
  initFlags.dontMask |
  initFlags.readdirplus |
  initFlags.readdirplusAuto |
  initFlags.parallelDirectoryOperations |
  initFlags.abortError |
  initFlags.maxPages |
  initFlags.cacheSymlinks |
  initFlags.handleKillPrivileges2 |
  initFlags.setxattrExtended |
  initFlags.initExtended;

/** POSIX_ACL: the kernel obeys access lists, and from then on checks permissions whatever the mount's options say. */
const onlyChecking = initFlags.accessLists;

const wanted2 = initFlags2.passthrough;

/** The answer to INIT, or what is wrong with the kernel. A kernel of a later major version is told ours and asks again. */
export function negotiate(offer: KernelOffer, options: MountPolicy): Agreement | KernelTooOld {
  if (offer.major < protocolMajor || (offer.major === protocolMajor && offer.minor < oldestMinor)) {
    return new KernelTooOld(offer.major, offer.minor);
  }
  const flags = offer.flags & (options.kernelChecksPermissions ? wanted | onlyChecking : wanted);
  return {
    major: protocolMajor,
    minor: protocolMinor,
    maxReadahead: offer.maxReadahead,
    flags,
    flags2: (flags & initFlags.initExtended) === 0 ? 0 : offer.flags2 & wanted2,
  };
}

/** The kernel is older than Linux 5.4. */
export class KernelTooOld extends Error {
  constructor(major: number, minor: number) {
    super(
      `This kernel speaks FUSE ${major}.${minor}; ${protocolMajor}.${oldestMinor} is needed (Linux 5.4).`,
    );
    this.name = 'KernelTooOld';
  }
}
