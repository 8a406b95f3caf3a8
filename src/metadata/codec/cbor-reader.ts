import { cborFalse, cborMajor, cborNull, cborTrue } from './cbor-writer.ts';
import { Malformed } from './malformed.ts';

/**
 * Reads what CborWriter writes, and nothing else: every value is asked for by its type and bound, so that nothing is allocated that
 * the reader did not expect. Throws Malformed.
 */
export class CborReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  /** An integer from `minimum` to `maximum`. */
  integer(what: string, minimum: number, maximum: number): number {
    const major = this.#peek() >> 5;
    if (major !== cborMajor.unsigned && major !== cborMajor.negative) throw new Malformed(what);
    const magnitude = this.#head(what, major);
    const value = major === cborMajor.negative ? -1 - magnitude : magnitude;
    if (value < minimum || value > maximum) throw new Malformed(what);
    return value;
  }

  /** A view of the bytes, not a copy. */
  bytes(what: string, minimum: number, maximum: number): Buffer {
    const length = this.#head(what, cborMajor.bytes);
    const end = this.#offset + length;
    if (length < minimum || length > maximum || end > this.#bytes.length) throw new Malformed(what);
    const value = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return value;
  }

  latin1(what: string, minimum: number, maximum: number): string {
    return this.bytes(what, minimum, maximum).toString('latin1');
  }

  boolean(what: string): boolean {
    const byte = this.#peek();
    if (byte !== cborTrue && byte !== cborFalse) throw new Malformed(what);
    this.#offset += 1;
    return byte === cborTrue;
  }

  /** Null, or what `read` reads. */
  nullable<T>(read: () => T): T | null {
    if (this.#peek() !== cborNull) return read();
    this.#offset += 1;
    return null;
  }

  /** The number of elements that follow. */
  array(what: string, minimum: number, maximum: number): number {
    const length = this.#head(what, cborMajor.array);
    if (length < minimum || length > maximum) throw new Malformed(what);
    return length;
  }

  /** The bytes of what was read since `start`. */
  since(start: number): Buffer {
    return this.#bytes.subarray(start, this.#offset);
  }

  end(what: string): void {
    if (this.#offset !== this.#bytes.length) throw new Malformed(what);
  }

  #peek(): number {
    return this.#bytes[this.#offset] ?? -1;
  }

  #head(what: string, major: number): number {
    const first = this.#peek();
    if (first >> 5 !== major) throw new Malformed(what);
    this.#offset += 1;
    const low = first & 31;
    if (low < 24) return low;
    if (low > 27) throw new Malformed(what);
    const length = 1 << (low - 24);
    if (this.#offset + length > this.#bytes.length) throw new Malformed(what);
    const value = this.#unsigned(length);
    // A value in a longer form than needed would give one batch two spellings.
    const least = length === 1 ? 24 : 2 ** (length * 4);
    if (value < least || value > Number.MAX_SAFE_INTEGER) throw new Malformed(what);
    this.#offset += length;
    return value;
  }

  #unsigned(length: number): number {
    const at = this.#offset;
    if (length === 8)
      return this.#bytes.readUInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
    return this.#bytes.readUIntBE(at, length);
  }
}
