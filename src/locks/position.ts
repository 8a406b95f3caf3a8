// Places in a file as lock(2) knows them: up to 2^63 - 1, further than any file reaches. They are numbers as long as these are exact,
// and BigInts only beyond 2^53, so that what programs really lock costs nothing more. Both compare with each other.

/** In one form only: equal positions are identical. */
export type Position = number | bigint;

/** The last byte that there can be: locks "to the end, wherever it may be" end here. */
export const lastPosition = Infinity;

const twoTo32 = 2 ** 32;
const largest = 2n ** 63n - 1n;

/** From the two halves of 64 bits. */
export function positionOf(high: number, low: number): Position {
  if (high < 0x20_0000) return high * twoTo32 + low;
  return canonical((BigInt(high) << 32n) | BigInt(low));
}

export function highHalf(position: Position): number {
  if (position === lastPosition) return 0x7fff_ffff;
  return typeof position === 'bigint' ? Number(position >> 32n) : Math.floor(position / twoTo32);
}

export function lowHalf(position: Position): number {
  if (position === lastPosition) return 0xffff_ffff;
  return typeof position === 'bigint' ? Number(position & 0xffff_ffffn) : position >>> 0;
}

/** The next byte. There is none after the last one. */
export function after(position: Position): Position {
  if (typeof position === 'number' && position !== Number.MAX_SAFE_INTEGER) return position + 1;
  return canonical(BigInt(position) + 1n);
}

/** The byte before; `position` is not the first one. */
export function before(position: Position): Position {
  if (position === lastPosition) return largest - 1n;
  return typeof position === 'bigint' ? canonical(position - 1n) : position - 1;
}

function canonical(position: bigint): Position {
  if (position >= largest) return lastPosition;
  return position <= Number.MAX_SAFE_INTEGER ? Number(position) : position;
}
