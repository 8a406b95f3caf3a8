// Writes the part of CBOR (RFC 8949) that the log uses: integers, byte strings, arrays, false, true and null, each in its shortest
// form, so that a batch has one spelling and pieces of it can be kept and joined as bytes.

export const cborMajor = { unsigned: 0, negative: 1, bytes: 2, array: 4, simple: 7 } as const;
export const cborFalse = 0xf4;
export const cborTrue = 0xf5;
export const cborNull = 0xf6;

export class CborWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(expectedBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(expectedBytes);
  }

  /** Any safe integer. */
  integer(value: number): this {
    return value < 0
      ? this.#head(cborMajor.negative, -1 - value)
      : this.#head(cborMajor.unsigned, value);
  }

  bytes(value: Uint8Array): this {
    this.#head(cborMajor.bytes, value.length);
    return this.raw(value);
  }

  /** Latin1 text as a byte string. */
  latin1(value: string): this {
    this.#head(cborMajor.bytes, value.length);
    this.#reserve(value.length);
    this.#length += this.#buffer.write(value, this.#length, 'latin1');
    return this;
  }

  boolean(value: boolean): this {
    return this.#byte(value ? cborTrue : cborFalse);
  }

  null(): this {
    return this.#byte(cborNull);
  }

  /** The next `length` items are its elements. */
  array(length: number): this {
    return this.#head(cborMajor.array, length);
  }

  /** Bytes that are CBOR already. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  #head(major: number, value: number): this {
    this.#reserve(9);
    const buffer = this.#buffer;
    const first = major << 5;
    const at = this.#length;
    if (value < 24) {
      buffer[at] = first | value;
      this.#length = at + 1;
    } else if (value < 0x100) {
      buffer[at] = first | 24;
      this.#length = buffer.writeUInt8(value, at + 1);
    } else if (value < 0x1_0000) {
      buffer[at] = first | 25;
      this.#length = buffer.writeUInt16BE(value, at + 1);
    } else if (value < 0x1_0000_0000) {
      buffer[at] = first | 26;
      this.#length = buffer.writeUInt32BE(value, at + 1);
    } else {
      buffer[at] = first | 27;
      buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at + 1);
      this.#length = buffer.writeUInt32BE(value >>> 0, at + 5);
    }
    return this;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe((this.#length + bytes) * 2);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
