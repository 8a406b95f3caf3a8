import type { ChunkOutcome, ExpectedChunk, PeerIdentity, ServedChunk } from '../link.ts';
import type { Frame } from '../wire/frame.ts';

/** Makes authenticated connections to other peers. What they are used for is decided in links/. */
export interface Transport {
  /** `host:port` that others can dial. */
  readonly listening: readonly string[];
  /**
   * Connects and checks who answers. Rejects with an Error whose message is a clause for people. The caller sets the channel's
   * receiver before it returns to the event loop.
   */
  dial(address: string): Promise<Channel>;
  /** Refuses these from now on. Channels that are open are the caller's to close. */
  setRefused(refused: RefusedPeers): void;
  /** Closes what is still open, after what was sent. */
  close(): Promise<void>;
}

/** Accepted connections of peers of this network. The receiver is set by the time `accept` returns. */
export type Accept = (channel: Channel) => void;

export type OpenTransport = (accept: Accept) => Promise<Transport>;

/** Peers whose certificate is valid and that are refused nevertheless. */
export interface RefusedPeers {
  readonly devices: readonly number[];
  /** SHA-256 of certificates, in lower-case hex. */
  readonly fingerprints: readonly string[];
}

/** One control connection. */
export interface Channel {
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  /** True when this side dialled. */
  readonly dialled: boolean;
  receiver: ChannelReceiver;
  /** Queues a frame. Frames of one turn of the event loop travel together. Ignored once closed. */
  send(type: number, requestId: number, body: Uint8Array): void;
  /** Bytes queued and not yet taken by the operating system. */
  readonly queuedBytes: number;
  /** Both sides call this with the same id, once: the connection is the link now, large frames are allowed, bulk begins. */
  openSession(options: SessionOptions): BulkSession;
  /** Sends what is queued, then closes. `receiver.closed` is called with the reason, later. */
  close(reason: string): void;
}

export interface ChannelReceiver {
  frame(frame: Frame): void;
  /** A part of a long frame came: over a slow line the whole takes its time, and nothing else can come before it. */
  progress?(): void;
  /** Once; nothing comes after it. The session, if any, is closed, and its transfers reject as soon as nothing writes for them. */
  closed(reason: string): void;
}

export interface SessionOptions {
  /** Random, in hex. */
  readonly id: string;
  /** Where this side may dial the peer, best first. */
  readonly addresses: readonly string[];
  serve(request: Buffer): readonly (ServedChunk | null)[];
  /** This side cannot dial the peer: ask it to dial back. */
  unreachable(): void;
}

/** The bulk side of a link. Ends with its channel. */
export interface BulkSession {
  /** See Link.transfer. */
  transfer(
    request: Uint8Array,
    chunks: readonly ExpectedChunk[],
    descriptor: number,
    signal: AbortSignal,
  ): Promise<ChunkOutcome[]>;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** The peer cannot dial us: makes a bulk connection for it. */
  dialForPeer(): void;
  /** Decides how many connections are worth while. */
  setRoundTrip(milliseconds: number): void;
}

/** The link of a transfer is gone, or no bulk connection could be made. May be retried elsewhere at once. */
export class TransferFailed extends Error {}
