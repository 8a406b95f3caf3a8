import type { DeviceId } from '../../../src/identity/ids.ts';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { openContentStore, type FileContentStore } from '../../../src/content/store.ts';
import { openAcknowledgementStore } from '../../../src/daemon/acknowledgement-store.ts';
import type { LocalReplica } from '../../../src/metadata/local-replica.ts';
import { openPeerTimeStore } from '../../../src/daemon/peer-time-store.ts';
import { openReplica } from '../../../src/metadata/open-replica.ts';
import type { Flavour } from '../../../src/metadata/operations/operation-kind.ts';
import type { ReplicaOptions } from '../../../src/metadata/replica-options.ts';
import type { Logger } from '../../../src/platform/logger.ts';
import { Rescuer } from '../../../src/rescue/rescuer.ts';
import { openDatabase, openTable } from '../../../src/storage/database.ts';
import type { Disk } from '../../../src/storage/disk.ts';
import { PeerTime } from '../../../src/sync/peer-time.ts';
import { Presence } from '../../../src/sync/presence.ts';
import { Synchroniser } from '../../../src/sync/synchroniser.ts';
import { createFileSystem, type RunningFileSystem } from '../../../src/vfs/create-file-system.ts';
import type { FileSystemLimits } from '../../../src/vfs/limits.ts';
import { networkId, testCertificateInfo, type TestDevice } from '../replica-world.ts';
import type { PeerClock } from './world-clock.ts';

/** How long a read waits for peers, of the world's time. */
const waitForPeersMs = 3000;

export interface PeerRunOptions {
  readonly who: TestDevice;
  readonly folder: string;
  readonly flavour: Flavour;
  readonly createdMs: number;
  readonly clock: PeerClock;
  readonly disk: Disk;
  readonly logger: Logger;
  /** False when the machine went down before. */
  readonly clean: boolean;
  readonly limits: Partial<FileSystemLimits>;
  readonly knownDevices: () => Iterable<DeviceId>;
  /** Further options of the replica. */
  readonly replica: Partial<ReplicaOptions>;
}

/** A peer from start to end, joined as the daemon joins it; only mounts, sockets and real time are missing. */
export class PeerRun {
  readonly database: RootDatabase<Buffer, Buffer>;
  readonly time: PeerTime;
  readonly replica: LocalReplica;
  readonly content: FileContentStore;
  readonly rescuer: Rescuer;
  readonly fileSystem: RunningFileSystem;
  readonly synchroniser: Synchroniser;
  readonly #clock: PeerClock;
  #over = false;

  constructor(options: PeerRunOptions) {
    const { who, folder, clock, disk, logger, clean, flavour } = options;
    this.#clock = clock;
    this.database = openDatabase(join(folder, 'tree'), disk);
    this.time = new PeerTime({
      ...{ self: who, clock, logger, uptimeMs: () => clock.worldMs(), bootId: folder },
      ...{ store: openPeerTimeStore(this.database), notBeforeMs: options.createdMs },
    });
    this.replica = openReplica({
      ...{ database: this.database, disk, clock, time: this.time, logger, clean },
      ...{ device: who.device, privateKey: who.privateKey, certificate: who.certificate },
      certificateInfo: testCertificateInfo,
      network: { id: networkId, flavour, createdMs: options.createdMs },
      noted: () => this.content.noted(),
      logDirectory: join(folder, 'log'),
      ...options.replica,
    });
    this.time.onChange(() => this.replica.parts.parked.schedule());
    this.content = openContentStore({
      ...{ directory: join(folder, 'content'), disk, clock, logger, cleanStart: clean },
      ...{ waitForPeersMs, hashingWorkers: 1, treeFlushed: () => this.replica.flush() },
    });
    this.rescuer = new Rescuer({
      ...{ replica: this.replica, content: this.content, disk, clock, logger },
      ...{ home: folder, directory: join(folder, 'rescued') },
      table: openTable(this.database, 'rescued'),
    });
    const user = { uid: who.uid, gids: [who.uid] };
    const presence = new Presence(this.replica, clock);
    this.fileSystem = createFileSystem({
      ...{ replica: this.replica, content: this.content, clock, logger, home: folder },
      rescue: this.rescuer,
      inTouch: (made, sinceMs) => presence.isInTouch(made, sinceMs),
      knownDevices: options.knownDevices,
      identity: flavour === 'net' ? { flavour, user } : { flavour },
      limits: options.limits,
    });
    this.rescuer.start(this.fileSystem);
    this.synchroniser = new Synchroniser({
      ...{ self: who.device, replica: this.replica, content: this.content },
      ...{ time: this.time, presence, clock, logger },
      acknowledgements: openAcknowledgementStore(this.database),
      checkpoints: this.replica.parts,
    });
  }

  /** Nothing of it goes on by itself, and nothing that it says is heard. */
  get over(): boolean {
    return this.#over;
  }

  /** As a daemon that leaves. */
  async leave(): Promise<void> {
    await this.fileSystem.publishAll();
    await this.replica.flush();
    await this.synchroniser.close();
    await this.fileSystem.close();
    await this.rescuer.close();
    await this.content.close();
    await this.replica.close();
    this.end();
    await this.database.close();
  }

  /** No more time passes for it: what it had still planned does not happen. */
  end(): void {
    this.#over = true;
    this.#clock.stop();
  }

  /** Takes away what is left in memory of one that has ended. What this writes into its folder is of no account. */
  async discard(): Promise<void> {
    this.end();
    await this.rescuer.close();
    const { acceptance, checkpoints, sealer, logs } = this.replica.parts;
    await acceptance.stop();
    await checkpoints.stop();
    sealer.stop();
    await this.content.close().catch(() => undefined);
    await logs.close().catch(() => undefined);
    await this.database.close();
  }
}
