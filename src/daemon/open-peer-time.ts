import type { RootDatabase } from 'lmdb';
import { backdatingMs } from '../identity/authority.ts';
import { bootId } from '../platform/process-start.ts';
import { machineUptimeMs } from '../platform/uptime.ts';
import { PeerTime } from '../sync/peer-time.ts';
import type { PeerOptions } from './peer.ts';
import { openPeerTimeStore } from './peer-time-store.ts';

/** What time it is, by this machine's clock and its peers'. */
export function openPeerTime(
  { identity, clock, logger }: PeerOptions,
  database: RootDatabase<Buffer, Buffer>,
): PeerTime {
  const { device, user, notBeforeMs } = identity.certificate;
  return new PeerTime({
    ...{ self: { device, user }, clock, logger },
    ...{ uptimeMs: machineUptimeMs, bootId: bootId() },
    store: openPeerTimeStore(database),
    notBeforeMs: notBeforeMs + backdatingMs,
  });
}
