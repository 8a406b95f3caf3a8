import { outHeader } from './abi.ts';
import { put64, putHalves, type Memory } from './words.ts';

/** The reply that is being written: one buffer, reused. Offsets are those of abi.ts, from the beginning of the body. */
export class Reply {
  readonly bytes: Buffer;
  readonly words: Uint32Array;

  constructor(memory: Memory) {
    this.bytes = memory.bytes;
    this.words = memory.words;
  }

  u16(offset: number, value: number): void {
    const start = outHeader.bytes + offset;
    new Uint16Array(this.words.buffer, start, 1)[0] = value;
  }

  u32(offset: number, value: number): void {
    this.words[(outHeader.bytes + offset) >> 2] = value;
  }

  u64(offset: number, value: number): void {
    put64(this.words, (outHeader.bytes + offset) >> 2, value);
  }

  /** A 64-bit field that need not be exact as a number. */
  halves(offset: number, high: number, low: number): void {
    putHalves(this.words, (outHeader.bytes + offset) >> 2, high, low);
  }

  /** Latin1 text without its NUL; returns its length. */
  text(offset: number, text: string): number {
    return this.bytes.write(text, outHeader.bytes + offset, 'latin1');
  }

  copyFrom(offset: number, source: Uint8Array): void {
    this.bytes.set(source, outHeader.bytes + offset);
  }

  /** Zeroes the body from `offset` up to `end`. */
  clear(offset: number, end: number): void {
    this.bytes.fill(0, outHeader.bytes + offset, outHeader.bytes + end);
  }

  /** Fills in the header for a body of `bodyLength` bytes; returns how long the whole is. */
  seal(unique: number, error: number, bodyLength: number): void {
    this.words[outHeader.length >> 2] = outHeader.bytes + bodyLength;
    this.words[outHeader.error >> 2] = error;
    put64(this.words, outHeader.unique >> 2, unique);
  }
}
