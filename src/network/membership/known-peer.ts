import type { DeviceId, UserId } from '../../identity/ids.ts';

/** What `peerfuse peers` shows of a peer. */
export interface KnownPeer {
  /** Null while nobody has answered at a configured address. */
  readonly device: DeviceId | null;
  readonly user: string | null;
  readonly uid: UserId | null;
  /** `host:port`, best first. */
  readonly addresses: readonly string[];
  /** `waiting`: for the next attempt, or for the peer to dial. `idle`: the mesh does without it. */
  readonly state: 'connected' | 'connecting' | 'waiting' | 'idle';
  /** Why it is not connected, as a clause. */
  readonly lastError: string | null;
  /** Milliseconds since 1970 since when it is connected, or is not. */
  readonly sinceMs: number;
  /** Smoothed, in milliseconds; null while not connected. */
  readonly roundTripMs: number | null;
}
