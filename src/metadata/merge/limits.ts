/** How much of a merge is in memory, and in how small pieces it is done. */
export interface MergeLimits {
  /** Rows that are in memory before they are written, and that are moved in one transaction. */
  readonly rowsAtOnce: number;
  /** Uses of rows by younger operations that are remembered; see UseIndex. */
  readonly uses: number;
}

/**
 * A thousand rows are written in three to five milliseconds, a quarter of what the event loop may be held. The uses take at most 56 MiB:
 * those of about half a million operations. When there are more, everything younger is taken to collide with what is late.
 */
export const mergeLimits: MergeLimits = { rowsAtOnce: 1024, uses: 1 << 22 };
