import type { Reader } from '../content-store.ts';

/** Where reading ahead starts, and what a seek falls back from. */
const firstWindow = 1024 * 1024;

/** The kernel sends the pieces of one large read side by side, so they may arrive in any order within this. */
const reorderingBytes = 2 * 1024 * 1024;

/** Notes a read and sets how far to stay ahead. Returns false on a seek: what was fetched ahead for the old place is of no use. */
export function noteRead(
  reader: Reader,
  position: number,
  length: number,
  maximumBytes: number,
): boolean {
  const distance = Math.abs(position - reader.nextPosition);
  if (distance <= reorderingBytes) {
    reader.window = Math.min(maximumBytes, Math.max(firstWindow, reader.window * 2));
    reader.nextPosition = Math.max(reader.nextPosition, position + length);
    return true;
  }
  reader.window = 0;
  reader.nextPosition = position + length;
  return false;
}
