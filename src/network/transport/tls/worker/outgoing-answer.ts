import { maximumChunkBytes, preferredRunBytes } from '../../../limits.ts';
import type { ServeAnswer } from '../worker-messages.ts';

/** Consecutive chunks of an answer that travel in one frame. */
export interface RunPlan {
  readonly firstIndex: number;
  readonly count: number;
  /** Payload. */
  readonly bytes: number;
}

/** One request on the side that serves it: which of its chunks are still to be sent. */
export class OutgoingAnswer {
  readonly requestId: number;
  readonly chunks: ServeAnswer;
  /** Runs being read or written. */
  runsUnderWay = 0;
  #next = 0;

  constructor(requestId: number, chunks: ServeAnswer) {
    this.requestId = requestId;
    this.chunks = chunks;
  }

  get exhausted(): boolean {
    return this.#next >= this.chunks.lengths.length;
  }

  /** Sends nothing more of it. */
  cancel(): void {
    this.#next = this.chunks.lengths.length;
  }

  /** The peer learns from the end of the answer which chunks are not here. */
  skipAbsent(): void {
    while (!this.exhausted && !this.#isHere(this.#next)) this.#next += 1;
  }

  /** Undefined when the next chunk is not here or nothing is left. */
  takeRun(): RunPlan | undefined {
    const firstIndex = this.#next;
    let bytes = 0;
    while (!this.exhausted && this.#isHere(this.#next)) {
      const length = this.chunks.lengths[this.#next] ?? 0;
      if (this.#next > firstIndex && bytes + length > preferredRunBytes) break;
      bytes += length;
      this.#next += 1;
    }
    const count = this.#next - firstIndex;
    return count === 0 ? undefined : { firstIndex, count, bytes };
  }

  #isHere(index: number): boolean {
    const length = this.chunks.lengths[index] ?? 0;
    return (this.chunks.descriptors[index] ?? -1) >= 0 && length <= maximumChunkBytes;
  }
}
