import { hashLength } from '../../../crypto/hash.ts';
import { parseAddress } from '../../address.ts';
import type { ChunkOutcome, ExpectedChunk, ServedChunk } from '../../link.ts';
import { maximumBulkRequestBytes, maximumChunksPerTransfer } from '../../limits.ts';
import { outcomesOf } from '../chunk-outcome-code.ts';
import { TransferFailed, type BulkSession, type SessionOptions } from '../transport.ts';
import type { BeginTransfer, Command, TransferSettled } from './worker-messages.ts';

/** The network workers, as a session needs them. */
export interface SessionWorkers {
  readonly count: number;
  post(worker: number, command: Command, memory?: readonly ArrayBuffer[]): void;
  nextTransfer(): number;
}

interface PendingTransfer {
  readonly worker: number;
  readonly begin: () => BeginTransfer;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  readonly resolve: (outcomes: ChunkOutcome[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** The bulk side of a link in the main thread: packs transfers for the workers and settles them when those have finished with them. */
export class TlsBulkSession implements BulkSession {
  bytesReceived = 0;
  bytesSent = 0;
  readonly options: SessionOptions;
  readonly #device: number;
  readonly #workers: SessionWorkers;
  readonly #pending = new Map<number, PendingTransfer>();
  readonly #connections: number[];
  #turn = 0;
  #closed = false;

  constructor(device: number, options: SessionOptions, workers: SessionWorkers) {
    this.options = options;
    this.#device = device;
    this.#workers = workers;
    this.#connections = Array.from({ length: workers.count }, () => 0);
    this.#everyWorker(() => ({
      kind: 'open-session',
      session: options.id,
      device,
      addresses: options.addresses.flatMap((text) => parseAddress(text) ?? []),
    }));
  }

  get device(): number {
    return this.#device;
  }

  transfer(
    request: Uint8Array,
    chunks: readonly ExpectedChunk[],
    descriptor: number,
    signal: AbortSignal,
  ): Promise<ChunkOutcome[]> {
    if (request.length > maximumBulkRequestBytes || chunks.length > maximumChunksPerTransfer) {
      throw new RangeError('a transfer is larger than its limits');
    }
    if (this.#closed) return Promise.reject(new TransferFailed('the link is closed'));
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const id = this.#workers.nextTransfer();
      const begin = (): BeginTransfer => pack(this.options.id, id, request, chunks, descriptor);
      const onAbort = (): void => this.#abort(id);
      signal.addEventListener('abort', onAbort, { once: true });
      const worker = this.#chooseWorker();
      this.#begin(id, { worker, begin, signal, onAbort, resolve, reject });
    });
  }

  dialForPeer(): void {
    this.#workers.post(0, { kind: 'dial-for-peer', session: this.options.id });
  }

  setRoundTrip(milliseconds: number): void {
    this.#everyWorker(() => ({ kind: 'round-trip', session: this.options.id, milliseconds }));
  }

  /** The workers answer with the settlement of every transfer. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#everyWorker(() => ({ kind: 'close-session', session: this.options.id }));
  }

  get idle(): boolean {
    return this.#pending.size === 0;
  }

  serve(request: Buffer): readonly (ServedChunk | null)[] {
    return this.options.serve(request);
  }

  connectionsChanged(worker: number, count: number): void {
    this.#connections[worker] = count;
    if (count === 0 || this.#workers.count === 1) return;
    this.#everyWorker(() => ({ kind: 'yield-waiting', session: this.options.id }));
  }

  /** False when it was none of this session. */
  settled({ transfer, outcomes, reason }: TransferSettled): boolean {
    const pending = this.#pending.get(transfer);
    if (pending === undefined) return false;
    this.#pending.delete(transfer);
    const elsewhere = outcomes === null ? this.#otherWorker(pending) : undefined;
    if (elsewhere !== undefined) {
      this.#begin(transfer, { ...pending, worker: elsewhere });
      return true;
    }
    pending.signal.removeEventListener('abort', pending.onAbort);
    if (pending.signal.aborted) pending.reject(pending.signal.reason);
    else if (outcomes === null) pending.reject(new TransferFailed(reason));
    else pending.resolve(outcomesOf(outcomes));
    return true;
  }

  /** The worker is gone, so nothing writes any more. */
  workerEnded(worker: number): void {
    this.#connections[worker] = 0;
    for (const [transfer, pending] of this.#pending) {
      if (pending.worker !== worker) continue;
      this.settled({
        kind: 'transfer-settled',
        transfer,
        outcomes: null,
        reason: 'a network worker failed',
      });
    }
  }

  #begin(id: number, pending: PendingTransfer): void {
    this.#pending.set(id, pending);
    const command = pending.begin();
    this.#workers.post(pending.worker, command, [
      command.request.buffer as ArrayBuffer,
      command.positions.buffer as ArrayBuffer,
      command.lengths.buffer as ArrayBuffer,
      command.hashes.buffer as ArrayBuffer,
    ]);
  }

  #abort(transfer: number): void {
    const worker = this.#pending.get(transfer)?.worker;
    if (worker === undefined) return;
    this.#workers.post(worker, { kind: 'abort-transfer', session: this.options.id, transfer });
  }

  // Where connections are; while there are none, the workers take turns in making some.
  #chooseWorker(): number {
    this.#turn += 1;
    const connected = this.#connections.flatMap((count, worker) => (count > 0 ? [worker] : []));
    const candidates =
      connected.length > 0 ? connected : this.#connections.map((_, worker) => worker);
    return candidates[this.#turn % candidates.length] ?? 0;
  }

  // A transfer that its worker had no connection for goes to one that has.
  #otherWorker({ worker, signal }: PendingTransfer): number | undefined {
    if (signal.aborted || this.#connections[worker] !== 0) return undefined;
    const other = this.#connections.findIndex((count) => count > 0);
    return other === -1 ? undefined : other;
  }

  #everyWorker(command: () => Command): void {
    for (let worker = 0; worker < this.#workers.count; worker++)
      this.#workers.post(worker, command());
  }
}

function pack(
  session: string,
  transfer: number,
  request: Uint8Array,
  chunks: readonly ExpectedChunk[],
  descriptor: number,
): BeginTransfer {
  const positions = Float64Array.from(chunks, ({ position }) => position);
  const lengths = Uint32Array.from(chunks, ({ length }) => length);
  const hashes = new Uint8Array(chunks.length * hashLength);
  chunks.forEach(({ hash }, index) => hashes.set(hash, index * hashLength));
  return {
    kind: 'begin-transfer',
    session,
    transfer,
    request: Uint8Array.from(request),
    descriptor,
    positions,
    lengths,
    hashes,
  };
}
