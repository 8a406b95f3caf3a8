import { hash, hashLength } from '../../../../crypto/hash.ts';
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
  /** To be read once more: some of what was read with them is not what was offered. */
  readonly #again: RunPlan[] = [];

  constructor(requestId: number, chunks: ServeAnswer) {
    this.requestId = requestId;
    this.chunks = chunks;
  }

  get exhausted(): boolean {
    return this.#again.length === 0 && this.#isAtEnd;
  }

  /** Sends nothing more of it. */
  cancel(): void {
    this.#again.length = 0;
    this.#next = this.chunks.lengths.length;
  }

  /** The peer learns from the end of the answer which chunks are not here. */
  skipAbsent(): void {
    while (!this.#isAtEnd && !this.#isHere(this.#next)) this.#next += 1;
  }

  /** Undefined when the next chunk is not here or nothing is left. */
  takeRun(): RunPlan | undefined {
    return this.#again.shift() ?? this.#nextRun();
  }

  /** True when the run's payload is what was offered. Otherwise those of its chunks that are go into runs of their own. */
  verify(plan: RunPlan, payload: Buffer): boolean {
    const parts = this.#soundParts(plan, payload);
    if (parts.length === 1 && parts[0]?.count === plan.count) return true;
    this.#again.push(...parts);
    return false;
  }

  #soundParts({ firstIndex, count }: RunPlan, payload: Buffer): RunPlan[] {
    const parts: RunPlan[] = [];
    let part: { firstIndex: number; count: number; bytes: number } | undefined;
    let offset = 0;
    for (let index = firstIndex; index < firstIndex + count; index++) {
      const bytes = payload.subarray(offset, offset + (this.chunks.lengths[index] ?? 0));
      offset += bytes.length;
      if (!this.#isAsOffered(index, bytes)) part = undefined;
      else {
        if (!part) parts.push((part = { firstIndex: index, count: 0, bytes: 0 }));
        part.count += 1;
        part.bytes += bytes.length;
      }
    }
    return parts;
  }

  #isAsOffered(index: number, bytes: Buffer): boolean {
    const start = index * hashLength;
    return hash(bytes).equals(this.chunks.hashes.subarray(start, start + hashLength));
  }

  get #isAtEnd(): boolean {
    return this.#next >= this.chunks.lengths.length;
  }

  #nextRun(): RunPlan | undefined {
    const firstIndex = this.#next;
    let bytes = 0;
    while (!this.#isAtEnd && this.#isHere(this.#next)) {
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
