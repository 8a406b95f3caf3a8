import type { LocksStatus } from '../control/status.ts';
import type { InodeId } from '../metadata/ids.ts';
import { pathForPeople } from './path-for-people.ts';
import type { Peer } from './peer.ts';

/** Contested files that are named; whoever has more has seen what it is about. */
const shownContested = 32;

/** Locks of programs on this machine. */
export function describeLocks({ locks, replica }: Peer): LocksStatus {
  const { holder, coordinator } = locks.peer;
  const contested = [...holder.contested].slice(0, shownContested);
  return {
    held: holder.held,
    waiting: holder.waiting,
    amongPeers: locks.members.length,
    awaitedPeers: coordinator.awaited.size,
    contested: contested.map(([inode, device]) => ({
      path: pathForPeople(replica, inode as InodeId),
      device,
    })),
  };
}

export function lockConcerns(peer: Peer): string[] {
  const { held, amongPeers, contested } = describeLocks(peer);
  const alone =
    held > 0 && amongPeers === 1 && peer.network.knownPeers().length > 0
      ? [
          'programs here hold locks while no peer is in reach: nobody else respects them until this peer is connected',
        ]
      : [];
  const both = contested.map(
    ({ path, device }) =>
      `${path} is locked here and, against that, on device ${device}: both took the lock while they were not connected, and both keep it`,
  );
  return [...alone, ...both];
}
