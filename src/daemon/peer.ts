import type { RootDatabase } from 'lmdb';
import type { DeviceId } from '../identity/ids.ts';
import type { KnownPeer } from '../network/membership/known-peer.ts';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { type FileContentStore, openContentStore } from '../content/store.ts';
import type { HomeIdentity } from '../identity/home-identity.ts';
import type { LocalReplica } from '../metadata/local-replica.ts';
import { openPeerNetwork } from '../network/open-peer-network.ts';
import type { PeerNetwork } from '../network/peer-network.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { openDatabase, openTable } from '../storage/database.ts';
import { Rescuer } from '../rescue/rescuer.ts';
import type { DataDirectory } from '../storage/data-directory.ts';
import type { Reserve } from '../storage/reserve.ts';
import type { WatchedDisk } from '../storage/watched-disk.ts';
import type { PeerTime } from '../sync/peer-time.ts';
import type { LockExchange } from '../sync/lock-exchange.ts';
import { Presence } from '../sync/presence.ts';
import { Synchroniser } from '../sync/synchroniser.ts';
import { createFileSystem, type RunningFileSystem } from '../vfs/create-file-system.ts';
import { Company } from './company.ts';
import { openAcknowledgementStore } from './acknowledgement-store.ts';
import type { Admission } from './admission.ts';
import type { LocalOwner } from './daemon-options.ts';
import { peerIdentity, tlsCredentials } from './open-identity.ts';
import { openRecordStore } from './record-store.ts';
import { openLocks } from './open-locks.ts';
import { openPeerTime } from './open-peer-time.ts';
import { openTree } from './open-tree.ts';
import { Traffic } from './traffic.ts';

/** A peer that works: its tree, its bytes, its links. What shows it to people (a mount, the local API) comes on top. */
export interface Peer {
  readonly identity: HomeIdentity;
  readonly replica: LocalReplica;
  readonly content: FileContentStore;
  readonly time: PeerTime;
  readonly rescuer: Rescuer;
  readonly fileSystem: RunningFileSystem;
  readonly locks: LockExchange;
  readonly synchroniser: Synchroniser;
  readonly network: PeerNetwork;
  readonly traffic: Traffic;
  readonly company: Company;
  readonly disk: WatchedDisk;
  readonly reserve: Reserve;
}

export interface PeerOptions {
  readonly home: DataDirectory;
  readonly identity: HomeIdentity;
  readonly config: Config;
  readonly listen: readonly string[];
  readonly connect: readonly string[];
  /** Who the network's user is on this machine. */
  readonly owner: LocalOwner;
  readonly admission: Admission | undefined;
  readonly disk: WatchedDisk;
  readonly reserve: Reserve;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the parts in order; `opened` closes them in reverse, also when a later one fails. */
export async function openPeer(options: PeerOptions, opened: AsyncDisposableStack): Promise<Peer> {
  const { home, identity, config, disk, clock, logger } = options;
  const { flavour, certificate } = identity;
  const database = opened.adopt(openDatabase(join(home.paths.state, 'tree'), disk), (it) =>
    it.close(),
  );
  const time = opened.adopt(openPeerTime(options, database), (it) => it.stop());
  const noted = (): Promise<void> | undefined => content.noted();
  const replica = opened.adopt(openTree(options, database, time, noted), (it) => it.close());
  time.onChange(() => replica.parts.parked.schedule());
  const content: FileContentStore = opened.adopt(openContent(options, replica), (it) =>
    closeContent(it, home),
  );
  if (!home.cleanStart) home.rebuilt();
  const rescuer = opened.adopt(openRescuer(options, { replica, content, database }), (it) =>
    it.close(),
  );
  const user = { uid: certificate.uid, gids: [certificate.uid] };
  const presence = new Presence(replica, clock);
  // Nobody is asked before the network is there.
  const known = { devices: (): DeviceId[] => [] };
  const fileSystem = opened.adopt(
    createFileSystem({
      ...{ replica, content, clock, logger, home: home.paths.home, room: options.reserve },
      rescue: rescuer,
      inTouch: (made, sinceMs) => presence.isInTouch(made, sinceMs),
      knownDevices: () => known.devices(),
      identity: flavour === 'net' ? { flavour, user, local: options.owner } : { flavour },
    }),
    (it) => it.close(),
  );
  rescuer.start(fileSystem);
  const locks = openLocks({ identity, replica, fileSystem, clock, logger });
  const synchroniser = opened.adopt(
    new Synchroniser({
      ...{ self: certificate.device, replica, content, time, presence, locks, clock, logger },
      acknowledgements: openAcknowledgementStore(database),
      evidence: replica.parts.evidence,
      checkpoints: replica.parts,
    }),
    (it) => it.close(),
  );
  const desk = options.admission?.desk;
  const company = opened.adopt(new Company(clock, database), (it) => it.stop());
  const traffic = new Traffic(synchroniser, company);
  const network = opened.adopt(
    await openPeerNetwork({
      ...{ credentials: tlsCredentials(identity), identity: peerIdentity(identity) },
      ...{ listen: options.listen, connect: options.connect, advertise: config.announce },
      ...{ handler: traffic, clock, logger, random: systemRandom },
      records: openRecordStore(home.paths.peers, disk, logger),
      limits: { workers: config.workers },
      ...(desk && { onEnrol: (request: Buffer) => desk.answerEnrolment(request) }),
    }),
    (it) => it.close(),
  );
  known.devices = () => devicesOf(network.knownPeers());
  return {
    ...{ identity, replica, content, time, fileSystem, synchroniser, network, traffic, company },
    locks,
    ...{ disk, rescuer, reserve: options.reserve },
  };
}

function devicesOf(peers: readonly KnownPeer[]): DeviceId[] {
  return peers.flatMap(({ device }) => device ?? []);
}

function openRescuer(
  { home, disk, clock, logger }: PeerOptions,
  {
    replica,
    content,
    database,
  }: Pick<Peer, 'replica' | 'content'> & { database: RootDatabase<Buffer, Buffer> },
): Rescuer {
  return new Rescuer({
    ...{ replica, content, disk, clock, logger, table: openTable(database, 'rescued') },
    ...{ home: home.paths.home, directory: home.paths.rescued },
  });
}

function openContent(
  { home, config, disk, clock, logger }: PeerOptions,
  replica: LocalReplica,
): FileContentStore {
  return openContentStore({
    ...{ disk, clock, logger, directory: home.paths.content, cleanStart: home.cleanStart },
    treeFlushed: () => replica.flush(),
    waitForPeersMs: config.waitForPeers,
    readAheadMaximumBytes: config.readAhead,
  });
}

/** Bytes that could not be brought to the disk may not be there after a loss of power, whatever the maps say. */
async function closeContent(content: FileContentStore, home: DataDirectory): Promise<void> {
  try {
    await content.close();
  } catch (error) {
    home.distrust();
    throw error;
  }
}
