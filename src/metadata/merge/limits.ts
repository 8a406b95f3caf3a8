/** How much of a merge is in memory, and in how small pieces it is done. */
export interface MergeLimits {
  /** Rows that are in memory before they are written, and that are moved in one transaction. */
  readonly rowsAtOnce: number;
  /** Uses of rows by younger operations that are remembered; see UseIndex. */
  readonly uses: number;
}

/**
 * Five hundred rows are written in two to four milliseconds, of the twenty that the event loop may be held. The uses take at most 56 MiB:
 * those of about half a million operations. When there are more, everything younger is taken to collide with what is late.
 */
export const mergeLimits: MergeLimits = { rowsAtOnce: 512, uses: 1 << 22 };
