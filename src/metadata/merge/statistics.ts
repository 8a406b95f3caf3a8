/** How operations came in, since this replica was opened. */
export interface MergeStatistics {
  /** Performed here. */
  local: number;
  /** Came in order, or late but in place because they commute with everything younger. */
  inPlace: number;
  /** Those of `inPlace` that were late. */
  late: number;
  /** Undone because a late one collided with them or with one before them; they were done again. */
  undone: number;
  /** Times that operations were undone. */
  merges: number;
  /** Operations of others that had no effect when they first came. */
  refused: number;
}

export function noStatistics(): MergeStatistics {
  return { local: 0, inPlace: 0, late: 0, undone: 0, merges: 0, refused: 0 };
}
