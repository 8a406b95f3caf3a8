import { countedHeaderBytes, frameHeaderBytes, type Frame } from './frame.ts';

/** Why a stream cannot be read on, as a clause. The connection is closed with it. */
export type Malformed = string;

/**
 * Cuts a byte stream into frames, however it arrives. Never throws, and holds at most one frame, whose length was checked against
 * the limit before memory was taken for it. After the first malformed frame nothing more is read.
 */
export class FrameParser {
  /** May be changed between frames. */
  maximumBodyBytes: number;
  readonly #header = Buffer.alloc(frameHeaderBytes);
  #headerFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;
  #malformed: Malformed | undefined;

  constructor(maximumBodyBytes: number) {
    this.maximumBodyBytes = maximumBodyBytes;
  }

  /** Gives each frame that `bytes` completes to `take`, whose bodies may be views of `bytes`. */
  push(bytes: Buffer, take: (frame: Frame) => void): Malformed | undefined {
    let offset = 0;
    while (offset < bytes.length && this.#malformed === undefined) {
      offset =
        this.#body === undefined
          ? this.#begin(bytes, offset, take)
          : this.#fill(bytes, offset, take);
    }
    return this.#malformed;
  }

  /** Reads no more: what follows in the stream is ignored. */
  stop(reason: Malformed): void {
    this.#malformed ??= reason;
  }

  #begin(bytes: Buffer, offset: number, take: (frame: Frame) => void): number {
    const copied = bytes.copy(this.#header, this.#headerFilled, offset);
    this.#headerFilled += copied;
    if (this.#headerFilled < frameHeaderBytes) return offset + copied;
    const length = this.#header.readUInt32BE(0) - countedHeaderBytes;
    if (length < 0 || length > this.maximumBodyBytes) {
      this.stop(`a frame's length is not between 0 and ${this.maximumBodyBytes}`);
      return bytes.length;
    }
    const start = offset + copied;
    if (bytes.length - start < length) {
      this.#body = Buffer.allocUnsafeSlow(length);
      return start;
    }
    this.#finish(bytes.subarray(start, start + length), take);
    return start + length;
  }

  #fill(bytes: Buffer, offset: number, take: (frame: Frame) => void): number {
    const body = this.#body as Buffer;
    const copied = bytes.copy(body, this.#bodyFilled, offset);
    this.#bodyFilled += copied;
    if (this.#bodyFilled === body.length) this.#finish(body, take);
    return offset + copied;
  }

  #finish(body: Buffer, take: (frame: Frame) => void): void {
    const frame = {
      type: this.#header.readUInt8(4),
      requestId: this.#header.readUInt32BE(5),
      body,
    };
    this.#headerFilled = 0;
    this.#body = undefined;
    this.#bodyFilled = 0;
    take(frame);
  }
}
