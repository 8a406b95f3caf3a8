import type { Link } from './link.ts';
import type { KnownPeer } from './membership/known-peer.ts';
import type { RefusedPeers } from './transport/transport.ts';

/** This peer's part in the network: links with the other peers, made and kept without being asked. */
export interface PeerNetwork {
  /** `host:port` where it listens, with the ports that were picked. */
  readonly listening: readonly string[];
  /** Peers that are connected now. */
  links(): readonly Link[];
  /** Tries `host:port` until a peer answers there, and again whenever that link is lost. */
  connect(address: string): void;
  knownPeers(): readonly KnownPeer[];
  /** Replaces who is refused; their links are closed and their records forgotten. */
  setRefused(refused: RefusedPeers): void;
  /** Says goodbye to the peers, so that they know it was on purpose, and closes everything. */
  close(): Promise<void>;
}
