import { readSync, writeSync } from 'node:fs';
import { hash } from '../../../crypto/hash.ts';
import type { ChunkOutcome, ExpectedChunk, ServedChunk } from '../../link.ts';
import { TransferFailed, type BulkSession, type SessionOptions } from '../transport.ts';
import type { MemoryChannel } from './memory-channel.ts';

/** Copies between descriptors of one process, verified like over a wire. */
export class MemoryBulkSession implements BulkSession {
  bytesReceived = 0;
  bytesSent = 0;
  readonly options: SessionOptions;
  readonly #channel: MemoryChannel;
  readonly #carry: (arrive: () => void) => void;
  readonly #pending = new Set<(reason: Error) => void>();
  #closedBecause: string | undefined;

  constructor(
    channel: MemoryChannel,
    options: SessionOptions,
    carry: (arrive: () => void) => void,
  ) {
    this.#channel = channel;
    this.options = options;
    this.#carry = carry;
  }

  transfer(
    request: Uint8Array,
    chunks: readonly ExpectedChunk[],
    descriptor: number,
    signal: AbortSignal,
  ): Promise<ChunkOutcome[]> {
    if (this.#closedBecause !== undefined) {
      return Promise.reject(new TransferFailed(this.#closedBecause));
    }
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const body = Buffer.from(request);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const fail = (reason: Error): void => settle(() => reject(reason));
      const settle = (how: () => void): void => {
        if (!this.#pending.delete(fail)) return;
        signal.removeEventListener('abort', onAbort);
        how();
      };
      this.#pending.add(fail);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#carry(() =>
        this.#arrive(fail, () => this.#copy(body, chunks, descriptor), settle, resolve),
      );
    });
  }

  // The peer may not have opened its side yet; over a wire the connection would wait as well.
  #arrive(
    fail: (reason: Error) => void,
    copy: () => ChunkOutcome[],
    settle: (how: () => void) => void,
    resolve: (outcomes: ChunkOutcome[]) => void,
  ): void {
    if (!this.#pending.has(fail)) return;
    if (this.#channel.other?.session === undefined) {
      setImmediate(() => this.#arrive(fail, copy, settle, resolve));
      return;
    }
    try {
      const outcomes = copy();
      settle(() => resolve(outcomes));
    } catch (error) {
      fail(new TransferFailed((error as Error).message));
    }
  }

  dialForPeer(): void {}

  setRoundTrip(): void {}

  close(reason: string): void {
    this.#closedBecause = reason;
    for (const fail of [...this.#pending]) fail(new TransferFailed(reason));
  }

  #copy(request: Buffer, chunks: readonly ExpectedChunk[], descriptor: number): ChunkOutcome[] {
    const server = this.#channel.other?.session as MemoryBulkSession;
    const served = server.options.serve(request);
    try {
      if (server.#closedBecause !== undefined) throw new Error(server.#closedBecause);
      return chunks.map((expected, index) => {
        const bytes = readChunk(served[index] ?? null);
        if (bytes === undefined) return 'missing';
        server.bytesSent += bytes.length;
        this.bytesReceived += bytes.length;
        if (bytes.length !== expected.length || !hash(bytes).equals(expected.hash)) return 'bad';
        writeSync(descriptor, bytes, 0, bytes.length, expected.position);
        return 'stored';
      });
    } finally {
      for (const chunk of served) chunk?.release();
    }
  }
}

function readChunk(chunk: ServedChunk | null): Buffer | undefined {
  if (chunk === null) return undefined;
  const bytes = Buffer.allocUnsafe(chunk.length);
  return readSync(chunk.descriptor, bytes, 0, chunk.length, chunk.position) === chunk.length &&
    hash(bytes).equals(chunk.hash)
    ? bytes
    : undefined;
}
