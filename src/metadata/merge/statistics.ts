/** How operations came in, since this replica was opened. */
export interface MergeStatistics {
  /** Performed here. */
  local: number;
  /** Came in order, or late but in place because they commute with everything younger. */
  inPlace: number;
  /** Those of `inPlace` that were late. */
  late: number;
  /** Late ones that came to their place while others were being undone and done again. */
  reworked: number;
  /** Undone because a late one collided with them or with one before them; they were done again. */
  undone: number;
  /** Times that operations were undone. */
  merges: number;
  /** Those of `merges` whose outcome was too large to become visible together with being written. */
  replaced: number;
  /** Operations of others that had no effect when they first came. */
  refused: number;
}

export function noStatistics(): MergeStatistics {
  return {
    local: 0,
    inPlace: 0,
    late: 0,
    reworked: 0,
    undone: 0,
    merges: 0,
    replaced: 0,
    refused: 0,
  };
}

/** How far the merge is that is going on. */
export interface MergeProgress {
  /** Operations that were brought in so far. */
  readonly merged: number;
  /** These and those that are known to be still to come. */
  readonly total: number;
  /** Operations that were undone, to be done again. */
  readonly undone: number;
  /** When it began: milliseconds since 1970. */
  readonly sinceMs: number;
}
