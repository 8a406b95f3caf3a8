import { countedHeaderBytes, frameHeaderBytes } from '../../../wire/frame.ts';
import { frameType } from '../../../wire/frame-type.ts';
import type { Malformed } from '../../../wire/frame-parser.ts';
import {
  maximumBulkRequestBytes,
  maximumChunkBytes,
  maximumChunksPerTransfer,
} from '../../../limits.ts';
import type { ReceiveBuffer } from './receive-buffer.ts';

/** Takes what a bulk connection brings. A returned text is why the connection must be closed. */
export interface BulkReader {
  /** True: nothing more may be read now. */
  readonly held: boolean;
  /** Any frame but a run; `body` is valid only during the call. */
  frame(type: number, requestId: number, body: Buffer): Malformed | undefined;
  /** A run of chunks begins, whose payloads follow through `chunk`. */
  run(requestId: number, firstIndex: number, count: number): Malformed | undefined;
  /** `bytes` is valid only during the call. */
  chunk(requestId: number, index: number, bytes: Buffer): void;
}

interface Run {
  readonly requestId: number;
  readonly firstIndex: number;
  readonly lengths: readonly number[];
  next: number;
}

/** Before the payload of a run: u16 first index, u16 count, then a u32 length for each chunk. */
export const runHeaderBytes = 4;

/** Reads frames out of a receive buffer: whole ones, but for runs, which are read chunk by chunk. */
export class BulkParser {
  readonly #buffer: ReceiveBuffer;
  readonly #reader: BulkReader;
  #run: Run | undefined;

  constructor(buffer: ReceiveBuffer, reader: BulkReader) {
    this.#buffer = buffer;
    this.#reader = reader;
  }

  /** Reads as much as is there. */
  advance(): Malformed | undefined {
    while (!this.#reader.held) {
      const step = this.#run === undefined ? this.#nextFrame() : this.#nextChunk(this.#run);
      if (step !== 'again') return step === 'wait' ? undefined : step.malformed;
    }
    return undefined;
  }

  #nextFrame(): Step {
    const buffer = this.#buffer;
    if (buffer.available < frameHeaderBytes) return 'wait';
    const header = buffer.peek(frameHeaderBytes);
    const length = header.readUInt32BE(0) - countedHeaderBytes;
    const type = header.readUInt8(4);
    const requestId = header.readUInt32BE(5);
    if (type === frameType.bulkRun) return this.#beginRun(requestId, length);
    if (length < 0 || length > maximumBulkRequestBytes) return tooLong;
    buffer.ensure(frameHeaderBytes + length);
    if (buffer.available < frameHeaderBytes + length) return 'wait';
    const body = buffer.peek(frameHeaderBytes + length).subarray(frameHeaderBytes);
    // Consumed first: `peek` stays valid until more bytes are let in, which cannot happen during the call.
    buffer.consume(frameHeaderBytes + length);
    return stepOf(this.#reader.frame(type, requestId, body));
  }

  #beginRun(requestId: number, length: number): Step {
    const buffer = this.#buffer;
    if (buffer.available < frameHeaderBytes + runHeaderBytes) return 'wait';
    const counts = buffer.peek(frameHeaderBytes + runHeaderBytes).subarray(frameHeaderBytes);
    const firstIndex = counts.readUInt16BE(0);
    const count = counts.readUInt16BE(2);
    if (count === 0 || count > maximumChunksPerTransfer)
      return { malformed: 'a run of no or too many chunks' };
    const headerLength = frameHeaderBytes + runHeaderBytes + 4 * count;
    buffer.ensure(headerLength);
    if (buffer.available < headerLength) return 'wait';
    const lengths = lengthsOf(buffer.peek(headerLength), count);
    const payload = lengths.reduce((sum, each) => sum + each, 0);
    if (length !== runHeaderBytes + 4 * count + payload || payload > maximumChunkBytes)
      return tooLong;
    buffer.consume(headerLength);
    this.#run = { requestId, firstIndex, lengths, next: 0 };
    return stepOf(this.#reader.run(requestId, firstIndex, count));
  }

  #nextChunk(run: Run): Step {
    const length = run.lengths[run.next] ?? 0;
    this.#buffer.ensure(length);
    if (this.#buffer.available < length) return 'wait';
    const bytes = this.#buffer.peek(length);
    this.#buffer.consume(length);
    this.#reader.chunk(run.requestId, run.firstIndex + run.next, bytes);
    run.next += 1;
    if (run.next === run.lengths.length) this.#run = undefined;
    return 'again';
  }
}

type Step = 'again' | 'wait' | { readonly malformed: Malformed };

const tooLong: Step = { malformed: 'a frame whose length is wrong or beyond the limit' };

function stepOf(malformed: Malformed | undefined): Step {
  return malformed === undefined ? 'again' : { malformed };
}

function lengthsOf(header: Buffer, count: number): number[] {
  const start = frameHeaderBytes + runHeaderBytes;
  return Array.from({ length: count }, (_, index) => header.readUInt32BE(start + 4 * index));
}
