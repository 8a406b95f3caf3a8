import { Worker } from 'node:worker_threads';
import { hashLength } from '../../crypto/hash.ts';

export interface HashJob {
  readonly id: number;
  readonly descriptor: number;
  readonly positions: Float64Array;
  readonly lengths: Uint32Array;
}

export interface HashResult {
  readonly id: number;
  readonly hashes: Uint8Array;
  readonly error: string | undefined;
}

/** A piece of a file. */
export interface Piece {
  readonly position: number;
  readonly length: number;
}

/** Pieces in one message, so that a message costs little beside the hashing and a change of plan is not far away. */
const piecesPerJob = 64;

interface Pending {
  readonly worker: PoolWorker;
  resolve(hashes: Buffer): void;
  reject(error: Error): void;
}

interface PoolWorker {
  readonly thread: Worker;
  jobs: number;
}

/** Worker threads that hash pieces of open files. Started when first needed. */
export class HashPool {
  readonly #maximum: number;
  readonly #workers: PoolWorker[] = [];
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed = false;

  constructor(workers: number) {
    this.#maximum = Math.max(1, workers);
  }

  /** One hash for each piece. The caller keeps the descriptor open. */
  async hash(descriptor: number, pieces: readonly Piece[]): Promise<Buffer[]> {
    const jobs: Promise<Buffer>[] = [];
    for (let start = 0; start < pieces.length; start += piecesPerJob) {
      jobs.push(this.#send(descriptor, pieces.slice(start, start + piecesPerJob)));
    }
    const hashes = Buffer.concat(await Promise.all(jobs));
    return pieces.map((_, piece) => hashes.subarray(piece * hashLength, (piece + 1) * hashLength));
  }

  #send(descriptor: number, pieces: readonly Piece[]): Promise<Buffer> {
    if (this.#closed) return Promise.reject(new Error('the hashing workers are closed'));
    const worker = this.#leastBusy();
    const id = this.#nextId++;
    const positions = Float64Array.from(pieces, ({ position }) => position);
    const lengths = Uint32Array.from(pieces, ({ length }) => length);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { worker, resolve, reject });
      worker.jobs += 1;
      worker.thread.ref();
      const job: HashJob = { id, descriptor, positions, lengths };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
      worker.thread.postMessage(job);
    });
  }

  #leastBusy(): PoolWorker {
    const idle = this.#workers.find(({ jobs }) => jobs === 0);
    if (idle) return idle;
    if (this.#workers.length < this.#maximum) return this.#start();
    return this.#workers.reduce((best, worker) => (worker.jobs < best.jobs ? worker : best));
  }

  #start(): PoolWorker {
    // The same file, before and after compilation.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const thread = new Worker(new URL(`./hash-worker.${extension}`, import.meta.url));
    const worker = { thread, jobs: 0 };
    thread.on('message', (result: HashResult) => this.#finish(result));
    thread.on('error', (error: Error) => this.#fail(worker, error));
    thread.on('exit', () => this.#fail(worker, new Error('a hashing worker ended')));
    thread.unref();
    this.#workers.push(worker);
    return worker;
  }

  #finish(result: HashResult): void {
    const pending = this.#pending.get(result.id);
    if (!pending) return;
    this.#pending.delete(result.id);
    pending.worker.jobs -= 1;
    if (pending.worker.jobs === 0) pending.worker.thread.unref();
    if (result.error === undefined) pending.resolve(Buffer.from(result.hashes));
    else pending.reject(new Error(result.error));
  }

  #fail(worker: PoolWorker, error: Error): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#workers.splice(index, 1);
    for (const [id, pending] of this.#pending) {
      if (pending.worker !== worker) continue;
      this.#pending.delete(id);
      pending.reject(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }
}
