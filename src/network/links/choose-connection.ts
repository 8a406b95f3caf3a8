import type { DeviceId } from '../../identity/ids.ts';

// Two peers need one link and may dial each other at once, or again after a break that only one of them noticed. One of the two
// decides, always the same: so they cannot choose differently.

export function choosesFor(own: DeviceId, peer: DeviceId): boolean {
  return own < peer;
}

export interface EstablishedLink {
  /** Of the peer's run that the link is with. */
  readonly incarnation: string;
}

/**
 * What the choosing side does with a new connection of a peer.
 * `take`: it becomes the link. `replace`: the peer was restarted, so the old link is dead. `probe`: either both dialled at once, or the
 * peer lost the old link unnoticed: ask over the old link, which answers only in the first case.
 */
export type Choice = 'take' | 'replace' | 'probe';

export function chooseConnection(
  established: EstablishedLink | undefined,
  incarnation: string,
): Choice {
  if (established === undefined) return 'take';
  return established.incarnation === incarnation ? 'probe' : 'replace';
}
