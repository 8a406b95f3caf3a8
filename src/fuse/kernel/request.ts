import { inHeader, writeIn } from './abi.ts';
import { Views } from './views.ts';
import { highHalf, lowHalf, signed64, unsigned64, type Memory } from './words.ts';

/**
 * The request that is being answered: one object over one buffer, filled anew for each request, so whoever answers later copies what
 * it needs. Offsets are those of abi.ts, from the beginning of the body.
 */
export class Request {
  readonly #memory: Memory;
  readonly #bytes: Buffer;
  readonly #words: Uint32Array;
  readonly #payloads: Views;
  /** Of the whole message, header included. */
  #length = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#bytes = memory.bytes;
    this.#words = memory.words;
    this.#payloads = new Views(memory.bytes, inHeader.bytes + writeIn.bytes);
  }

  /** Where the device reads the next request to. */
  get buffer(): Buffer {
    return this.#memory.bytes;
  }

  /** The device has read a message. False: it is no message, which the kernel never does. */
  accept(length: number): boolean {
    this.#length = length;
    return length >= inHeader.bytes && this.#words[0] === length;
  }

  get opcode(): number {
    return this.#words[inHeader.opcode >> 2] as number;
  }

  /** Names the request in its reply and in an interrupt; odd for interrupts themselves. */
  get unique(): number {
    return unsigned64(this.#words, inHeader.unique >> 2);
  }

  get node(): number {
    return unsigned64(this.#words, inHeader.node >> 2);
  }

  get uid(): number {
    return this.#words[inHeader.uid >> 2] as number;
  }

  get gid(): number {
    return this.#words[inHeader.gid >> 2] as number;
  }

  get pid(): number {
    return this.#words[inHeader.pid >> 2] as number;
  }

  /** Bytes of the body. */
  get bodyLength(): number {
    return this.#length - inHeader.bytes;
  }

  u32(offset: number): number {
    return this.#words[(inHeader.bytes + offset) >> 2] as number;
  }

  u64(offset: number): number {
    return unsigned64(this.#words, (inHeader.bytes + offset) >> 2);
  }

  /** The halves of a 64-bit field that need not be exact as a number. */
  high32(offset: number): number {
    return highHalf(this.#words, (inHeader.bytes + offset) >> 2);
  }

  low32(offset: number): number {
    return lowHalf(this.#words, (inHeader.bytes + offset) >> 2);
  }

  i64(offset: number): number {
    return signed64(this.#words, (inHeader.bytes + offset) >> 2);
  }

  /** The NUL-terminated text at `offset`, as latin1. */
  text(offset: number): string {
    const start = inHeader.bytes + offset;
    return this.#bytes.toString('latin1', start, this.#endOfText(start));
  }

  /** Where the text at `offset` and its NUL end. */
  afterText(offset: number): number {
    return this.#endOfText(inHeader.bytes + offset) + 1 - inHeader.bytes;
  }

  /** A copy that outlives the request. */
  copy(offset: number, length: number): Buffer {
    const start = inHeader.bytes + offset;
    return Buffer.from(this.#bytes.subarray(start, Math.min(start + length, this.#length)));
  }

  /** The first `length` bytes that a WRITE carries, valid until the next request. */
  writePayload(length: number): Buffer {
    return this.#payloads.view(length);
  }

  #endOfText(start: number): number {
    const end = this.#bytes.indexOf(0, start);
    return end < 0 || end > this.#length ? this.#length : end;
  }
}
