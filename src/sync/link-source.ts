import type { PageQuery } from '../content/content-store.ts';
import type { BlockOutcome, BlockRequest, BlockSource } from '../content/fetch/block-source.ts';
import { hashLength } from '../crypto/hash.ts';
import type { ExpectedChunk, Link } from '../network/link.ts';
import { encodeBlockRequest } from './messages/block-request.ts';
import type { PageExchange } from './page-exchange.ts';

/** A connected peer as a place to fetch blocks from. Verification and writing happen in the network's worker. */
export class LinkSource implements BlockSource {
  readonly id: string;
  readonly #link: Link;
  readonly #pages: PageExchange;

  constructor(link: Link, pages: PageExchange) {
    this.id = String(link.peer.device);
    this.#link = link;
    this.#pages = pages;
  }

  fetchBlocks(request: BlockRequest, signal: AbortSignal): Promise<BlockOutcome[]> {
    const body = encodeBlockRequest(request);
    return this.#link.transfer(body, expectedChunks(request), request.descriptor, signal);
  }

  fetchPage(query: PageQuery, signal: AbortSignal): Promise<Buffer | undefined> {
    return this.#pages.fetch(this.#link, query, signal);
  }
}

function expectedChunks(request: BlockRequest): ExpectedChunk[] {
  const count = request.hashes.length / hashLength;
  return Array.from({ length: count }, (_, index) => ({
    position: (request.firstBlock + index) * request.blockSize,
    length: index === count - 1 ? request.lastBlockLength : request.blockSize,
    hash: request.hashes.subarray(index * hashLength, (index + 1) * hashLength),
  }));
}
