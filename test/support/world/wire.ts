import { readSync, writeSync } from 'node:fs';
import { hash } from '../../../src/crypto/hash.ts';
import type {
  ChunkOutcome,
  ExpectedChunk,
  Link,
  LinkHandler,
  PeerIdentity,
  ServedChunk,
} from '../../../src/network/link.ts';
import { TransferFailed } from '../../../src/network/transport/transport.ts';

/** Something on its way from one end of a wire to the other. */
export interface Mail {
  readonly wire: Wire;
  /** Whose it is. */
  readonly from: string;
  readonly to: string;
  /** Blocks and requests for them go over connections of their own: no order holds between them and messages. */
  readonly kind: 'message' | 'blocks';
  arrive(): void;
}

/** Takes what is sent; whoever wrote the test decides when it arrives, if at all. */
export type Post = (mail: Mail) => void;

export interface End {
  readonly name: string;
  readonly identity: PeerIdentity;
  readonly handler: LinkHandler;
  /** True once its process is gone: then it says nothing more, and nobody hears what it is told. */
  readonly isOver: () => boolean;
}

/** A connection between two peers. What is on its way when it breaks is lost. */
export class Wire {
  readonly ends: readonly [WireEnd, WireEnd];
  #broken = false;

  constructor(one: End, other: End, post: Post) {
    const toOther = new WireEnd(this, one, other, post);
    const toOne = new WireEnd(this, other, one, post);
    this.ends = [toOther, toOne];
  }

  /** Both learn that the other is there. */
  open(): void {
    for (const end of this.ends) end.own.handler.opened(end);
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Both learn that the other is gone. */
  break(reason: string): void {
    if (this.#broken) return;
    this.#broken = true;
    for (const end of this.ends) end.broke(reason);
  }

  /** Nothing arrives over it any more. */
  get dead(): boolean {
    return this.#broken || this.ends.some(({ own }) => own.isOver());
  }

  otherEnd(end: WireEnd): WireEnd {
    return this.ends[0] === end ? this.ends[1] : this.ends[0];
  }
}

/** A wire as one of the two sees it. */
export class WireEnd implements Link {
  readonly own: End;
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  readonly roundTripMs = 1;
  queuedBytes = 0;
  bytesReceived = 0;
  bytesSent = 0;
  readonly #wire: Wire;
  readonly #to: string;
  readonly #post: Post;
  readonly #pending = new Set<(reason: Error) => void>();

  constructor(wire: Wire, own: End, other: End, post: Post) {
    this.own = own;
    this.peer = other.identity;
    this.remoteAddress = other.name;
    this.#wire = wire;
    this.#to = other.name;
    this.#post = post;
  }

  send(type: number, body: Uint8Array): void {
    const copy = Buffer.from(body);
    const end = this.#otherEnd;
    // Each arrival gets bytes of its own, since a message may be made to arrive twice.
    this.#mail('message', () => end.own.handler.message(end, type, Buffer.from(copy)));
  }

  transfer(
    request: Uint8Array,
    chunks: readonly ExpectedChunk[],
    descriptor: number,
    signal: AbortSignal,
  ): Promise<ChunkOutcome[]> {
    if (this.#wire.broken) return Promise.reject(new TransferFailed('the connection broke'));
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const body = Buffer.from(request);
    return new Promise((resolve, reject) => {
      const abort = (): void => settle(() => reject(signal.reason as Error));
      const fail = (reason: Error): void => settle(() => reject(reason));
      const settle = (how: () => void): void => {
        if (!this.#pending.delete(fail)) return;
        signal.removeEventListener('abort', abort);
        how();
      };
      this.#pending.add(fail);
      signal.addEventListener('abort', abort, { once: true });
      this.#mail('blocks', () =>
        this.#otherEnd.#serve(body, (blocks) => {
          if (!this.#pending.has(fail)) return;
          const outcomes = chunks.map((chunk, at) => this.#store(chunk, blocks[at], descriptor));
          settle(() => resolve(outcomes));
        }),
      );
    });
  }

  close(reason: string): void {
    this.#wire.break(reason);
  }

  /** Called by the wire. */
  broke(reason: string): void {
    for (const fail of [...this.#pending]) fail(new TransferFailed(reason));
    if (!this.own.isOver()) this.own.handler.closed(this, reason);
  }

  get #otherEnd(): WireEnd {
    return this.#wire.otherEnd(this);
  }

  #mail(kind: Mail['kind'], arrive: () => void): void {
    if (this.#wire.broken || this.own.isOver()) return;
    this.#post({ wire: this.#wire, from: this.own.name, to: this.#to, kind, arrive });
  }

  #serve(request: Buffer, answer: (blocks: (Buffer | undefined)[]) => void): void {
    const served = this.own.handler.serve(this, request);
    const blocks = served.map((chunk) => (chunk === null ? undefined : readChunk(chunk)));
    for (const chunk of served) chunk?.release();
    this.bytesSent += blocks.reduce((sum, block) => sum + (block?.length ?? 0), 0);
    this.#mail('blocks', () => answer(blocks));
  }

  #store(chunk: ExpectedChunk, block: Buffer | undefined, descriptor: number): ChunkOutcome {
    if (block === undefined) return 'missing';
    this.bytesReceived += block.length;
    if (block.length !== chunk.length || !hash(block).equals(chunk.hash)) return 'bad';
    writeSync(descriptor, block, 0, block.length, chunk.position);
    return 'stored';
  }
}

function readChunk(served: ServedChunk): Buffer | undefined {
  const { descriptor, position, length } = served;
  const bytes = Buffer.alloc(length);
  if (readSync(descriptor, bytes, 0, length, position) !== length) return undefined;
  return hash(bytes).equals(served.hash) ? bytes : undefined;
}
