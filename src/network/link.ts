import type { DeviceId, UserId } from '../identity/ids.ts';

/** Who is at the other end, as its certificate says; checked against this network's authority before anyone sees a Link. */
export interface PeerIdentity {
  readonly device: DeviceId;
  /** On `lan`, the computer's name and uid 0. */
  readonly user: string;
  readonly uid: UserId;
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
}

/**
 * One authenticated peer that is connected now: a control connection for messages and one or more bulk connections for blocks, all
 * in network workers. Payloads are opaque here.
 */
export interface Link {
  readonly peer: PeerIdentity;
  /** `host:port` it was reached at or came from. */
  readonly remoteAddress: string;
  /** Round trip in milliseconds, smoothed. */
  readonly roundTripMs: number;
  /** Queues a message; messages arrive in order or the link closes. `type` is 0 to 127, `body` at most `maximumMessageBytes`. */
  send(type: number, body: Uint8Array): void;
  /** Bytes queued by `send` and not yet taken by the operating system. */
  readonly queuedBytes: number;
  /**
   * Asks the peer's `serve` and writes what comes straight into a file, chunk by chunk, each verified. Resolves with one outcome for
   * each expected chunk. Rejects when the link closes or the signal aborts.
   */
  transfer(
    request: Uint8Array,
    chunks: readonly ExpectedChunk[],
    descriptor: number,
    signal: AbortSignal,
  ): Promise<ChunkOutcome[]>;
  /** Total payload bytes over bulk connections. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  close(reason: string): void;
}

/** A chunk that a transfer is to bring. */
export interface ExpectedChunk {
  /** Where to write it. */
  readonly position: number;
  readonly length: number;
  /** BLAKE3, 32 bytes. */
  readonly hash: Uint8Array;
}

export type ChunkOutcome = 'stored' | 'missing' | 'bad';

/** What serving a transfer takes: a piece of an open file for each expected chunk, or null for what is not here. */
export interface ServedChunk {
  readonly descriptor: number;
  readonly position: number;
  readonly length: number;
  /** BLAKE3, 32 bytes. What turns out to have become something else by the time that it is read is not sent. */
  readonly hash: Uint8Array;
  /** Called once when the bytes have been read or the link is gone. */
  release(): void;
}

/** Declared by the network, implemented by sync. */
export interface LinkHandler {
  /** Called once per peer: when two peers dial each other at once, one of the two links is closed unseen. */
  opened(link: Link): void;
  message(link: Link, type: number, body: Buffer): void;
  /** A peer asks for chunks over a bulk connection. */
  serve(link: Link, request: Buffer): readonly (ServedChunk | null)[];
  closed(link: Link, reason: string): void;
}

export const maximumMessageBytes = 4 * 1024 * 1024;
