import type { PassthroughStatus, PeerStatus, Status, TransferStatus } from '../control/status.ts';
import type { Mounted } from '../fuse/mount-file-system.ts';
import { decodeBatch } from '../metadata/codec/batch.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Replica } from '../metadata/replica.ts';
import type { Link } from '../network/link.ts';
import {
  concernsOf,
  describeClock,
  describeParked,
  describeQuarantined,
  describeRefused,
} from './concerns.ts';
import { whatIsKept } from '../rescue/whats-kept.ts';
import { describeLocks } from './lock-status.ts';
import { pathForPeople } from './path-for-people.ts';
import type { Peer } from './peer.ts';

/** What does not change while a daemon runs. */
export interface DaemonFacts {
  readonly version: string;
  readonly home: string;
  readonly startedAtMs: number;
}

/** What `peerfuse status` shows. */
export async function describeStatus(
  facts: DaemonFacts,
  peer: Peer,
  mounted: Mounted | null,
): Promise<Status> {
  const kept = await whatIsKept(peer.rescuer);
  const { identity, replica, network, synchroniser, fileSystem, company } = peer;
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
    mountpoint: mounted?.mountpoint ?? null,
    passthrough: mounted && describePassthrough(mounted),
    connectedPeers: network.links().length,
    aloneSinceMs: company.aloneSinceMs,
    pendingOperations: synchroniser.pendingOperations,
    pendingSinceMs: pendingSince(peer),
    unsynced: {
      unsealedOperations: replica.unsealed,
      unpublishedFiles: fileSystem.unpublishedFiles,
    },
    transfers: describeTransfers(peer),
    traffic: { receivedBytes: peer.traffic.receivedBytes, sentBytes: peer.traffic.sentBytes },
    tree: replica.counts(),
    merge: replica.parts.integrator.progress ?? null,
    checkpoint: describeCheckpoint(peer),
    locks: describeLocks(peer),
    conflicts: countConflicts(replica),
    rescued: { ...kept, lastChanges: [...kept.lastChanges] },
    clock: describeClock(peer),
    parked: describeParked(peer),
    quarantined: describeQuarantined(peer),
    refused: describeRefused(peer),
    concerns: concernsOf(peer, kept),
    frontier: Object.fromEntries(replica.frontier()),
    residentBytes: process.memoryUsage.rss(),
  };
}

function describePassthrough({ passthrough }: Mounted): PassthroughStatus {
  const whyNot = 'whyNot' in passthrough ? passthrough.whyNot : null;
  return { inUse: whyNot === null, whyNot };
}

function describeCheckpoint({ replica }: Peer): Status['checkpoint'] {
  const { absent, ...status } = replica.checkpoints.status;
  return { ...status, absent: [...absent] };
}

/** So many are counted; whoever has more does not care how many. */
const countedConflicts = 10_000;

function countConflicts(replica: Replica): number {
  let count = 0;
  for (const _conflict of replica.conflicts()) if (++count === countedConflicts) break;
  return count;
}

/** When the first operation was performed that nobody else is known to have. */
function pendingSince({ replica, synchroniser, identity }: Peer): number | null {
  if (synchroniser.pendingOperations === 0) return null;
  const { device } = identity.certificate;
  const sequence = synchroniser.toldSequence + 1;
  const bytes = replica.parts.logs.read({ device, sequence });
  const first = bytes && decodeBatch(bytes).operations[0];
  // What is not in the log yet was performed a moment ago.
  return first?.operation.stamp.millis ?? replica.parts.stamps.lastMillis;
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
export function describePeers({ network, time, replica }: Peer): PeerStatus[] {
  const clocks = new Map(time.state().peers.map(({ device, aheadMs }) => [device, aheadMs]));
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
      sinceMs: known.sinceMs,
      lastError: known.lastError,
      clockAheadMs: clocks.get(device) ?? null,
      isQuarantined: replica.parts.evidence.isQuarantined(device),
      addresses: [...known.addresses],
      roundTripMs: known.roundTripMs,
      receivedBytes: link?.bytesReceived ?? 0,
      sentBytes: link?.bytesSent ?? 0,
    };
  });
}
