/**
 * How the kernel gets at the bytes of one opening of a file.
 * `cached`: by requests, through its own cache of the file. `direct`: by requests, past that cache. `passthrough`: from the backing file,
 * without asking. `direct-but-mapped`: by requests past its cache, but memory maps are of the backing file.
 */
export type Way = 'cached' | 'direct' | 'passthrough' | 'direct-but-mapped';

/** What one opening gets, of those that the kernel allows beside each other. */
export interface KernelAccess {
  readonly way: Way;
  /** What the kernel calls the backing file; 0 where the way needs none. */
  readonly backing: number;
}

export const cachedAccess: KernelAccess = { way: 'cached', backing: 0 };

/** An opening that is to be answered, and what of the file is open. */
export interface Opening {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Bytes of the file. */
  readonly size: number;
  /** Openings of the file that the kernel caches. */
  readonly cached: number;
  /** There are openings past the kernel's cache, or memory maps that these left. */
  readonly isUncached: boolean;
  /** The kernel may begin to read the file by itself: it is here as a whole, and no other version is about to take its place. */
  mayBegin(): boolean;
}

/**
 * What the kernel has cached of a smaller file costs less to read again than it costs to tell the kernel of a backing file, and of its
 * end: docs/measurements.md.
 */
export const smallestPassedBytes = 128 * 1024;

/**
 * The kernel refuses to have its cache of a file used beside the backing file, so the first opening decides for all until the last is
 * closed. Writing is never passed through, as nobody would know which blocks changed: a writer of a new file goes past the cache, which
 * spares a copy, and a file that is also read at that moment is passed through to the readers.
 */
export function chooseWay(opening: Opening): Way {
  const { reads, writes, cached, isUncached } = opening;
  if (cached > 0) return 'cached';
  if (isUncached) return writes ? (reads ? 'direct-but-mapped' : 'direct') : 'passthrough';
  if (reads && writes) return 'cached';
  if (writes) return opening.size === 0 && opening.mayBegin() ? 'direct' : 'cached';
  return opening.size >= smallestPassedBytes && opening.mayBegin() ? 'passthrough' : 'cached';
}

/** Whether the kernel has to know the backing file for it. */
export function needsBacking(way: Way, isBacked: boolean): boolean {
  return way === 'passthrough' || way === 'direct-but-mapped' || (way === 'direct' && isBacked);
}
