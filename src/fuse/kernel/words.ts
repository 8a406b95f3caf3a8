// A 64-bit field as a JavaScript number. Exact up to 2^53, which covers inode numbers, handles, offsets within any real file and
// request numbers; no BigInt is ever made.

const twoTo32 = 2 ** 32;

/** Buffers of the protocol: the bytes, and the same memory as 32-bit words of the machine's byte order. */
export interface Memory {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
}

export function allocateMemory(length: number): Memory {
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, words: new Uint32Array(bytes.buffer, 0, length >> 2) };
}

/** `low` is the index of the word that comes first in memory on a little-endian machine. */
export function unsigned64(words: Uint32Array, index: number): number {
  return (words[index + lowWord] as number) + (words[index + highWord] as number) * twoTo32;
}

export function highHalf(words: Uint32Array, index: number): number {
  return words[index + highWord] as number;
}

export function lowHalf(words: Uint32Array, index: number): number {
  return words[index + lowWord] as number;
}

export function putHalves(words: Uint32Array, index: number, high: number, low: number): void {
  words[index + lowWord] = low;
  words[index + highWord] = high;
}

export function signed64(words: Uint32Array, index: number): number {
  return (words[index + lowWord] as number) + ((words[index + highWord] as number) | 0) * twoTo32;
}

/** Negative values are written in two's complement. */
export function put64(words: Uint32Array, index: number, value: number): void {
  words[index + lowWord] = value >>> 0;
  words[index + highWord] = Math.floor(value / twoTo32) >>> 0;
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const lowWord = littleEndian ? 0 : 1;
const highWord = littleEndian ? 1 : 0;
