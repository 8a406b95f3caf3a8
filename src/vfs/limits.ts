/** What a file system promises not to exceed. Each has its reason here and may be set otherwise, above all by tests. */
export interface FileSystemLimits {
  /** Bytes. What ext4 takes with 4 KiB blocks, as backing files lie on such disks; more is EFBIG. */
  readonly maximumFileBytes: number;
  /** Continuous writing is told to the network this long after its first byte. */
  readonly publishAfterMs: number;
  /** A publication that failed (a full disk) is tried again after this long, then twice as long, up to the maximum. */
  readonly firstRetryMs: number;
  readonly maximumRetryMs: number;
  /** Whoever closes a file waits so long for another's version of it that the kernel's readers cannot be shown in parts. */
  readonly bringAsideMs: number;
  /** Publications of many files may not hold the thread that answers the kernel longer than this at a time. */
  readonly sliceMs: number;
  /** A removed file's bytes stay at least this long: a peer may have it open still. */
  readonly removedContentMs: number;
  /** statfs(2) of the disk is asked at most this often. */
  readonly statisticsMs: number;
  /** One copy request moves at most this much and answers how much it was, so that other requests get their turn. */
  readonly maximumCopyBytes: number;
  /** Attributes kept ready, to bound memory: the kernel keeps its own. About 300 bytes each. */
  readonly cachedAttributes: number;
  /** Ranges of a changed file told one by one; of more, one range that covers them. */
  readonly maximumChangedRanges: number;
}

export const defaultFileSystemLimits: FileSystemLimits = {
  maximumFileBytes: 16 * 2 ** 40 - 65_536,
  publishAfterMs: 1_000,
  firstRetryMs: 1_000,
  maximumRetryMs: 30_000,
  bringAsideMs: 2_000,
  sliceMs: 8,
  removedContentMs: 60_000,
  statisticsMs: 1_000,
  maximumCopyBytes: 4 * 1024 * 1024,
  cachedAttributes: 100_000,
  maximumChangedRanges: 256,
};

/** Bytes of a symbolic link's target: PATH_MAX without its final zero. */
export const maximumTargetBytes = 4095;

/** As Linux limits them for every file system (limits.h). */
export const maximumXattrNameBytes = 255;
export const maximumXattrBytes = 65_536;
export const maximumXattrListBytes = 65_536;
