import type { PeerIdentity } from '../../link.ts';
import type { Address } from '../../address.ts';
import type { NetworkLimits } from '../../limits.ts';
import type { RefusedPeers } from '../transport.ts';

// What the main thread and a network worker tell each other. Buffers in them are transferred, not copied.

export interface WorkerOptions {
  readonly credentials: Credentials;
  readonly listen: readonly ListenAddress[];
  /** Several workers listen on one port and the kernel deals connections out among them. */
  readonly reusePort: boolean;
  readonly enrolment: boolean;
  readonly refused: RefusedPeers;
  readonly limits: NetworkLimits;
  /** This worker's share of the bulk connections to one peer. */
  readonly maximumBulkConnections: number;
}

export interface Credentials {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly authorityPem: string;
}

export interface ListenAddress extends Address {
  /** Leaves IPv4 on the same port to another listener. */
  readonly ipv6Only: boolean;
}

export type Command =
  | { readonly kind: 'dial'; readonly dial: number; readonly address: Address }
  | { readonly kind: 'send'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly connection: number; readonly reason: string }
  | { readonly kind: 'allow-messages'; readonly connection: number }
  | OpenSession
  | { readonly kind: 'close-session'; readonly session: string }
  | { readonly kind: 'round-trip'; readonly session: string; readonly milliseconds: number }
  | { readonly kind: 'dial-for-peer'; readonly session: string }
  | BeginTransfer
  /** Another worker has connections to this peer and this one has none: gives up what waits, to be begun there. */
  | { readonly kind: 'yield-waiting'; readonly session: string }
  | { readonly kind: 'abort-transfer'; readonly session: string; readonly transfer: number }
  | ServeAnswer
  | { readonly kind: 'enrol-answer'; readonly enrolment: number; readonly answer: EnrolAnswer }
  | { readonly kind: 'set-refused'; readonly refused: RefusedPeers }
  | { readonly kind: 'stop' };

export interface OpenSession {
  readonly kind: 'open-session';
  readonly session: string;
  readonly device: number;
  readonly addresses: readonly Address[];
}

export interface BeginTransfer {
  readonly kind: 'begin-transfer';
  readonly session: string;
  readonly transfer: number;
  readonly request: Uint8Array;
  readonly descriptor: number;
  readonly positions: Float64Array;
  readonly lengths: Uint32Array;
  /** 32 bytes for each chunk. */
  readonly hashes: Uint8Array;
}

/** Descriptor -1: the chunk is not here. */
export interface ServeAnswer {
  readonly kind: 'serve-answer';
  readonly serve: number;
  readonly descriptors: Int32Array;
  readonly positions: Float64Array;
  readonly lengths: Uint32Array;
  /** 32 bytes for each chunk. */
  readonly hashes: Uint8Array;
}

export type EnrolAnswer = { readonly answer: Uint8Array } | { readonly refused: string };

export type WorkerEvent =
  | { readonly kind: 'listening'; readonly addresses: readonly string[] }
  | { readonly kind: 'listen-failed'; readonly reason: string }
  | { readonly kind: 'dial-failed'; readonly dial: number; readonly reason: string }
  | Connected
  | { readonly kind: 'frames'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly kind: 'progress'; readonly connection: number }
  | { readonly kind: 'written'; readonly connection: number; readonly bytes: number }
  | { readonly kind: 'closed'; readonly connection: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly remoteAddress: string; readonly reason: string }
  | { readonly kind: 'listen-later'; readonly address: string; readonly reason: string }
  | TransferSettled
  | {
      readonly kind: 'serve';
      readonly session: string;
      readonly serve: number;
      readonly request: Uint8Array;
    }
  | { readonly kind: 'served'; readonly serve: number }
  | {
      readonly kind: 'traffic';
      readonly session: string;
      readonly received: number;
      readonly sent: number;
    }
  | { readonly kind: 'bulk-connections'; readonly session: string; readonly count: number }
  | { readonly kind: 'unreachable'; readonly session: string }
  | {
      readonly kind: 'enrol';
      readonly enrolment: number;
      readonly remoteAddress: string;
      readonly request: Uint8Array;
    }
  | { readonly kind: 'stopped' };

export interface Connected {
  readonly kind: 'connected';
  readonly connection: number;
  /** The number of the `dial` command; null when the peer dialled. */
  readonly dial: number | null;
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
}

/** The worker writes nothing more into the transfer's descriptor. */
export interface TransferSettled {
  readonly kind: 'transfer-settled';
  readonly transfer: number;
  /** Codes of chunk-outcome-code.ts; null when it failed. */
  readonly outcomes: Uint8Array | null;
  readonly reason: string;
}
