/**
 * Where a bulk connection's bytes arrive: one stretch of memory that is refilled from its start whenever all of it was used, so that
 * a chunk is whole in one place and is hashed and written from where the socket put it.
 */
export class ReceiveBuffer {
  #memory: Buffer;
  #start = 0;
  #end = 0;

  constructor(capacity = usualCapacity) {
    this.#memory = Buffer.allocUnsafeSlow(capacity);
  }

  get available(): number {
    return this.#end - this.#start;
  }

  /** Free memory behind what is there; never empty as long as `available` is below the capacity. */
  space(): Buffer {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#memory.length - this.#end < smallestSpace && this.#start > 0) this.#compact();
    return this.#memory.subarray(this.#end);
  }

  /** `length` bytes were put at the start of `space()`. */
  filled(length: number): void {
    this.#end += length;
  }

  append(bytes: Uint8Array): number {
    const space = this.space();
    const length = Math.min(space.length, bytes.length);
    space.set(length === bytes.length ? bytes : bytes.subarray(0, length));
    this.filled(length);
    return length;
  }

  /** A view, valid until the next `space`. `length` is at most `available`. */
  peek(length: number): Buffer {
    return this.#memory.subarray(this.#start, this.#start + length);
  }

  consume(length: number): void {
    this.#start += length;
  }

  /** Makes room for `length` bytes in one piece. */
  ensure(length: number): void {
    if (this.#memory.length >= length) return;
    const larger = Buffer.allocUnsafeSlow(length);
    this.#memory.copy(larger, 0, this.#start, this.#end);
    this.#memory = larger;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #compact(): void {
    this.#memory.copy(this.#memory, 0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** One TLS record: less free memory than that would split what arrives whole. */
const smallestSpace = 16 * 1024;

/** Several blocks, yet little enough to stay in the processor's cache. Grows for larger chunks. */
const usualCapacity = 256 * 1024;
