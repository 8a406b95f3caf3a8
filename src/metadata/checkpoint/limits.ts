/** When operations are folded, and what is kept. Passed in, so that a test need not wait for a month. */
export interface CheckpointLimits {
  /** A device that has not signed anything for so long is not waited for. */
  readonly expiryMs: number;
  /** Operations since the last checkpoint that are worth the next one. */
  readonly minimumOperations: number;
  /** For each entry and each node of the tree, if that is more: a checkpoint costs as much as the tree is large. */
  readonly operationsPerRow: number;
  /** How often a device looks whether all have acknowledged what it would have folded. */
  readonly lookEveryMs: number;
  /** A device that has nothing else to say acknowledges so long after it learned of something. */
  readonly acknowledgeAfterMs: number;
  /** Thresholds are multiples of this, so that people can read them. */
  readonly granularityMs: number;
  /** What was removed for so long is forgotten: nobody who was away for less can still refer to it. */
  readonly forgetAfterMs: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

export const defaultCheckpointLimits: CheckpointLimits = {
  expiryMs: 30 * dayMs,
  minimumOperations: 10_000,
  operationsPerRow: 0.5,
  lookEveryMs: minuteMs,
  acknowledgeAfterMs: 3 * minuteMs,
  granularityMs: minuteMs,
  forgetAfterMs: 90 * dayMs,
};

/** A part of a checkpoint in one message. */
export const maximumPartBytes = 256 * 1024;

/** Checkpoints on the disk: the newest, and the one before in case a peer is still reading it or the newest is damaged. */
export const keptCheckpoints = 2;
