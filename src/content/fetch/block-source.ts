import type { FileId } from '../version.ts';
import type { PageQuery } from '../content-store.ts';

/**
 * A peer that may have blocks. Implemented by sync over the network, and in tests by another store in this process. The bytes do not
 * pass through the caller: the source verifies each block against its hash and writes it into the backing file itself (in a network
 * worker), so that the thread that answers the kernel only learns that it is there.
 */
export interface BlockSource {
  /** Stable per peer. */
  readonly id: string;
  /**
   * Fetches consecutive blocks into `descriptor`. Rejects when the peer is gone or the signal aborts; may be retried elsewhere at
   * any time. Once the promise has settled, nothing touches `descriptor` any more: the caller may then close it, change those blocks
   * or fetch other bytes into them. So after an abort it settles only when no write is under way (and soon, since writers wait).
   */
  fetchBlocks(request: BlockRequest, signal: AbortSignal): Promise<BlockOutcome[]>;
  /** The manifest page, already checked against its hash; undefined when the peer lacks it. */
  fetchPage(query: PageQuery, signal: AbortSignal): Promise<Buffer | undefined>;
}

export interface BlockRequest {
  readonly file: FileId;
  readonly blockSize: number;
  readonly firstBlock: number;
  /** 32 bytes for each consecutive block; at most 16 blocks of 64 KiB (1 MiB). */
  readonly hashes: Buffer;
  /** Bytes of the last block asked for, when it is the file's shorter last one; else `blockSize`. */
  readonly lastBlockLength: number;
  /** Backing file; block n belongs at `n * blockSize`. */
  readonly descriptor: number;
}

/** `stored`: verified and written. `missing`: the peer does not have it (now). `bad`: its bytes did not match the hash; not written. */
export type BlockOutcome = 'stored' | 'missing' | 'bad';
