import type { PeerStatus, Status, TransferStatus } from '../control/status.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Link } from '../network/link.ts';
import { pathForPeople } from './path-for-people.ts';
import type { Peer } from './peer.ts';

/** What does not change while a daemon runs. */
export interface DaemonFacts {
  readonly version: string;
  readonly home: string;
  readonly startedAtMs: number;
}

/** What `peerfuse status` shows. */
export function describeStatus(facts: DaemonFacts, peer: Peer, mountpoint: string | null): Status {
  const { identity, replica, network, synchroniser, fileSystem } = peer;
  const { certificate } = identity;
  return {
    ...facts,
    pid: process.pid,
    network: identity.network,
    networkId: identity.networkId,
    flavour: identity.flavour,
    user: certificate.user,
    uid: certificate.uid,
    device: certificate.device,
    certificateExpiresAtMs: certificate.notAfterMs,
    holdsAuthority: identity.holdsAuthority,
    listen: [...network.listening],
    mountpoint,
    connectedPeers: network.links().length,
    pendingOperations: synchroniser.pendingOperations,
    unsynced: {
      unsealedOperations: replica.unsealed,
      unpublishedFiles: fileSystem.unpublishedFiles,
    },
    transfers: describeTransfers(peer),
    traffic: { receivedBytes: peer.traffic.receivedBytes, sentBytes: peer.traffic.sentBytes },
    tree: replica.counts(),
    frontier: Object.fromEntries(replica.frontier()),
    residentBytes: process.memoryUsage.rss(),
  };
}

export function describeTransfers({ content, replica, traffic }: Peer): TransferStatus[] {
  return content.transfers().map(({ file, size, residentBytes, bytesBySource }) => ({
    path: pathForPeople(replica, file as number as InodeId),
    size,
    residentBytes,
    bytesByPeer: Object.fromEntries(
      [...bytesBySource].map(([source, bytes]) => [traffic.nameOf(source), bytes]),
    ),
  }));
}

/** Peers that are connected or were. */
export function describePeers({ network }: Peer): PeerStatus[] {
  const linksByDevice = new Map<number, Link>(
    network.links().map((link) => [link.peer.device, link]),
  );
  return network.knownPeers().flatMap(({ device, user, uid, ...known }) => {
    if (device === null) return [];
    const link = linksByDevice.get(device);
    return {
      device,
      user: user ?? '',
      uid: uid ?? 0,
      connected: link !== undefined,
      addresses: [...known.addresses],
      roundTripMs: known.roundTripMs,
      receivedBytes: link?.bytesReceived ?? 0,
      sentBytes: link?.bytesSent ?? 0,
    };
  });
}
