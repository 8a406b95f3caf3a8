import { posixErrors } from '../../vfs/posix-error.ts';

/** A position or size that a file can have here: beyond 2^53 numbers are not exact, and no disk is that large. */
export function exactPosition(position: number): number {
  if (position > Number.MAX_SAFE_INTEGER) throw posixErrors.EFBIG;
  return position;
}
