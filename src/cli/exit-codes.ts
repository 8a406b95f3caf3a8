import type { FailureKind } from '../util/expected-failure.ts';

/** How a command ended, for scripts: docs/guide/exit-codes.md. Numbers stay what they are. */
export const exitCodes = {
  ok: 0,
  /** A bug, a disk that is full, a broken file, or a check that found something. */
  unexpected: 1,
  usage: 2,
  notRunning: 3,
  refused: 4,
  unreachable: 5,
  exists: 6,
} as const;

export const exitCodeByKind: Readonly<Record<FailureKind, number>> = {
  machine: exitCodes.unexpected,
  usage: exitCodes.usage,
  missing: exitCodes.notRunning,
  refused: exitCodes.refused,
  unreachable: exitCodes.unreachable,
  exists: exitCodes.exists,
};
