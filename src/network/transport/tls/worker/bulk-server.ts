import { maximumServedRequests, maximumUnsentBytes } from '../../../limits.ts';
import { encodeFrame } from '../../../wire/frame.ts';
import { frameType } from '../../../wire/frame-type.ts';
import type { Malformed } from '../../../wire/frame-parser.ts';
import type { ServeAnswer } from '../worker-messages.ts';
import { OutgoingAnswer, type RunPlan } from './outgoing-answer.ts';
import { readRun, runFrameBytes } from './read-run.ts';

export interface BulkServerOptions {
  /** Hands a frame to the socket; `taken` is called when the operating system has it or the connection is gone. */
  write(frame: Buffer, taken: () => void): void;
  /** Asks the main thread what the chunks are; `answer` follows, or never when the process ends. */
  ask(request: Buffer, answer: (chunks: ServeAnswer) => void): void;
  /** The pieces of an answer are read or will not be. */
  release(serve: number): void;
  sent(payloadBytes: number): void;
}

/**
 * The answering half of a bulk connection. Answers take turns, run by run, so that a long one does not hold up a short one; no more
 * is read from disk than the peer is ready to take. What could not be read, or is not any more what was offered, is left out, like what
 * is not here.
 */
export class BulkServer {
  readonly #options: BulkServerOptions;
  readonly #requested = new Set<number>();
  /** In turn: the first one sends its next run, then goes to the end. */
  readonly #answers: OutgoingAnswer[] = [];
  #unsentBytes = 0;
  #closed = false;
  #spare: Buffer[] = [];

  constructor(options: BulkServerOptions) {
    this.#options = options;
  }

  request(requestId: number, body: Buffer): Malformed | undefined {
    if (this.#requested.size >= maximumServedRequests) return 'too many requests at once';
    if (this.#requested.has(requestId)) return 'a request id that is in use';
    this.#requested.add(requestId);
    this.#options.ask(body, (chunks) => this.#answer(requestId, chunks));
    return undefined;
  }

  cancel(requestId: number): void {
    // One that the main thread has not answered yet is ended by its answer, whose chunks the peer then ignores.
    this.#answers.find((answer) => answer.requestId === requestId)?.cancel();
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.#spare = [];
    for (const answer of this.#answers.splice(0)) {
      answer.cancel();
      if (answer.runsUnderWay === 0) this.#options.release(answer.chunks.serve);
    }
  }

  #answer(requestId: number, chunks: ServeAnswer): void {
    if (this.#closed) return this.#options.release(chunks.serve);
    this.#answers.push(new OutgoingAnswer(requestId, chunks));
    return this.#pump();
  }

  #pump(): void {
    while (!this.#closed && this.#unsentBytes < maximumUnsentBytes) {
      const answer = this.#answers.find((candidate) => !candidate.exhausted);
      if (answer === undefined) break;
      this.#answers.splice(this.#answers.indexOf(answer), 1);
      this.#answers.push(answer);
      this.#advance(answer);
    }
    this.#endFinished();
  }

  #advance(answer: OutgoingAnswer): void {
    answer.skipAbsent();
    const plan = answer.takeRun();
    if (plan !== undefined) this.#sendRun(answer, plan);
  }

  #sendRun(answer: OutgoingAnswer, plan: RunPlan): void {
    const bytes = runFrameBytes(plan);
    const memory = this.#takeMemory(bytes);
    answer.runsUnderWay += 1;
    this.#unsentBytes += bytes;
    readRun(answer, plan, memory, (frame) => {
      answer.runsUnderWay -= 1;
      if (this.#closed) return this.#releaseWhenIdle(answer);
      if (frame === undefined) return this.#written(memory, bytes);
      this.#options.sent(plan.bytes);
      this.#options.write(frame, () => this.#written(memory, bytes));
      return this.#endFinished();
    });
  }

  #written(memory: Buffer, bytes: number): void {
    this.#unsentBytes -= bytes;
    if (this.#spare.length < maximumSpareBuffers && !this.#closed) this.#spare.push(memory);
    this.#pump();
  }

  #endFinished(): void {
    for (let index = this.#answers.length - 1; index >= 0; index--) {
      const answer = this.#answers[index] as OutgoingAnswer;
      if (!answer.exhausted || answer.runsUnderWay > 0) continue;
      this.#answers.splice(index, 1);
      this.#requested.delete(answer.requestId);
      this.#options.write(encodeFrame(frameType.bulkEnd, answer.requestId, nothing), () => {});
      this.#options.release(answer.chunks.serve);
    }
  }

  #releaseWhenIdle(answer: OutgoingAnswer): void {
    if (answer.runsUnderWay === 0) this.#options.release(answer.chunks.serve);
  }

  #takeMemory(bytes: number): Buffer {
    const spare = this.#spare.pop();
    return spare !== undefined && spare.length >= bytes ? spare : Buffer.allocUnsafeSlow(bytes);
  }
}

const nothing = Buffer.alloc(0);

/** Memory that stays with a connection for its next runs. */
const maximumSpareBuffers = 4;
