import { pipelinedRequests } from '../../../limits.ts';
import { encodeFrame } from '../../../wire/frame.ts';
import { frameType } from '../../../wire/frame-type.ts';
import type { Malformed } from '../../../wire/frame-parser.ts';
import type { IncomingTransfer } from './incoming-transfer.ts';

/** The asking half of a bulk connection. */
export class BulkRequester {
  readonly #write: (frame: Buffer) => void;
  /** By request id. An aborted one stays until the peer has ended it, so that its late chunks are known for what they are. */
  readonly #transfers = new Map<number, IncomingTransfer>();
  #nextRequestId = 1;
  #outstandingBytes = 0;

  constructor(write: (frame: Buffer) => void) {
    this.#write = write;
  }

  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  get hasRoom(): boolean {
    return this.#transfers.size < pipelinedRequests;
  }

  begin(transfer: IncomingTransfer): void {
    const requestId = this.#nextRequestId++;
    transfer.attempts += 1;
    this.#transfers.set(requestId, transfer);
    this.#outstandingBytes += transfer.size;
    this.#write(encodeFrame(frameType.bulkRequest, requestId, transfer.request));
  }

  /** True when the transfer was under way here; the peer is asked to send no more of it. */
  abort(transfer: IncomingTransfer): boolean {
    for (const [requestId, candidate] of this.#transfers) {
      if (candidate !== transfer) continue;
      this.#write(encodeFrame(frameType.bulkCancel, requestId, nothing));
      return true;
    }
    return false;
  }

  run(requestId: number, firstIndex: number, count: number): Malformed | undefined {
    const transfer = this.#transfers.get(requestId);
    if (transfer === undefined) return 'chunks that were not asked for';
    return firstIndex + count > transfer.chunks ? 'more chunks than were asked for' : undefined;
  }

  chunk(requestId: number, index: number, bytes: Buffer): void {
    this.#transfers.get(requestId)?.chunk(index, bytes);
  }

  /** The transfer that the peer has ended. */
  end(requestId: number): IncomingTransfer | undefined {
    const transfer = this.#transfers.get(requestId);
    if (transfer === undefined) return undefined;
    this.#transfers.delete(requestId);
    this.#outstandingBytes -= transfer.size;
    return transfer;
  }

  /** What was under way when the connection ended. */
  abandon(): IncomingTransfer[] {
    const abandoned = [...this.#transfers.values()].filter(({ settled }) => !settled);
    this.#transfers.clear();
    this.#outstandingBytes = 0;
    return abandoned;
  }
}

const nothing = Buffer.alloc(0);
