import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { DeviceId } from '../../src/identity/ids.ts';
import type { CheckpointLimits } from '../../src/metadata/checkpoint/limits.ts';
import type { DeviceCertificate } from '../../src/metadata/log/known-device.ts';
import type { LocalReplica } from '../../src/metadata/local-replica.ts';
import { type Name, nameFromText } from '../../src/metadata/name.ts';
import type { InodeId } from '../../src/metadata/ids.ts';
import { rootInode } from '../../src/metadata/ids.ts';
import type { MergeLimits } from '../../src/metadata/merge/limits.ts';
import type { Create, OperationFields, Rename, Unlink } from '../../src/metadata/operation.ts';
import type { Flavour } from '../../src/metadata/operations/operation-kind.ts';
import { openReplica } from '../../src/metadata/open-replica.ts';
import type { ReplicaOptions } from '../../src/metadata/replica-options.ts';
import type { Refusal } from '../../src/metadata/replica.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { type Disk, realDisk } from '../../src/storage/disk.ts';
import { ManualClock } from './manual-clock.ts';

// Replicas of one network in a temporary folder, with certificates that any test can issue: the DER is JSON.

export const networkId = 'ab'.repeat(32);
export const createdMs = Date.UTC(2026, 0, 1);

export interface TestDevice {
  readonly device: DeviceId;
  readonly uid: number;
  readonly user: string;
  readonly privateKey: KeyObject;
  readonly certificate: Buffer;
}

export function testDevice(
  device: number,
  user = `user${device}`,
  uid = 1000 + device,
): TestDevice {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const certificate = Buffer.from(JSON.stringify({ device, uid, user, key }));
  return { device: device as DeviceId, uid, user, privateKey, certificate };
}

const readCertificates = new Map<string, DeviceCertificate | { refused: string }>();

export function testCertificateInfo(der: Buffer): DeviceCertificate | { refused: string } {
  const text = der.toString();
  const known = readCertificates.get(text);
  if (known) return known;
  const read = readCertificate(text);
  readCertificates.set(text, read);
  return read;
}

interface CertificateText {
  readonly device: DeviceId;
  readonly uid: number;
  readonly user: string;
  readonly key: string;
}

function readCertificate(text: string): DeviceCertificate | { refused: string } {
  if (!text.startsWith('{')) return { refused: 'the certificate is none of this network' };
  const { device, uid, user, key } = JSON.parse(text) as CertificateText;
  const spki = { key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' } as const;
  return { device, uid, user, publicKey: createPublicKey(spki) };
}

export interface TestHome {
  readonly folder: string;
  readonly who: TestDevice;
  readonly logDirectory: string;
  readonly replica: LocalReplica;
  readonly database: RootDatabase<Buffer, Buffer>;
}

export interface OpenOptions {
  readonly flavour?: Flavour;
  readonly clock?: Clock;
  readonly clean?: boolean;
  readonly disk?: Disk;
  readonly mergeLimits?: MergeLimits;
  readonly checkpointLimits?: CheckpointLimits;
  /** An existing home's folder. */
  readonly folder?: string;
}

const memoryDisk = '/dev/shm';

/** Folders in memory where there are any: these tests are about behaviour, not about the disk. */
export function temporaryFolder(): string {
  return mkdtempSync(join(existsSync(memoryDisk) ? memoryDisk : tmpdir(), 'peerfuse-metadata-'));
}

/** Opens homes, and closes and removes all of them at the end. */
export class World implements AsyncDisposable {
  readonly #open = new Set<TestHome>();
  readonly #folders = new Set<string>();
  readonly clock: ManualClock = new ManualClock(createdMs + 1000);

  folder(): string {
    const folder = temporaryFolder();
    this.#folders.add(folder);
    return folder;
  }

  open(who: TestDevice, options: OpenOptions = {}): TestHome {
    const folder = options.folder ?? this.folder();
    const database = openDatabase(join(folder, 'database'));
    const logDirectory = join(folder, 'log');
    const replica = openReplica(this.optionsOf(who, database, logDirectory, options));
    const home = { who, folder, logDirectory, replica, database };
    this.#open.add(home);
    return home;
  }

  optionsOf(
    who: TestDevice,
    database: RootDatabase<Buffer, Buffer>,
    logDirectory: string,
    options: OpenOptions,
  ): ReplicaOptions {
    return {
      device: who.device,
      privateKey: who.privateKey,
      certificate: who.certificate,
      certificateInfo: testCertificateInfo,
      network: { id: networkId, flavour: options.flavour ?? 'lan', createdMs },
      logDirectory,
      database,
      clean: options.clean ?? true,
      disk: options.disk ?? realDisk,
      ...(options.checkpointLimits && { checkpointLimits: options.checkpointLimits }),
      clock: options.clock ?? this.clock,
      logger: silentLogger,
      ...(options.mergeLimits && { mergeLimits: options.mergeLimits }),
    };
  }

  async close(home: TestHome): Promise<void> {
    this.#open.delete(home);
    await home.replica.close();
    await home.database.close();
  }

  /** Like `kill -9`: nothing more is written. */
  async kill(home: TestHome): Promise<void> {
    this.#open.delete(home);
    await home.replica.parts.acceptance.stop();
    await home.replica.parts.checkpoints.stop();
    home.replica.parts.sealer.stop();
    await home.replica.parts.logs.close();
    await home.database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const home of this.#open) {
      await home.replica.close().catch(() => undefined);
      await home.database.close();
    }
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

export function actingOf(who: TestDevice): { uid: number; gids: number[] } {
  return { uid: who.uid, gids: [who.uid] };
}

export function perform(home: TestHome, fields: OperationFields): Refusal | undefined {
  return home.replica.perform(actingOf(home.who), fields);
}

/** Performs, and fails the test when that is refused. */
export function must(home: TestHome, fields: OperationFields): void {
  const refusal = perform(home, fields);
  if (refusal) throw new Error(`${fields.kind}: ${refusal.code}: ${refusal.reason}`);
}

/** Makes a file or directory; its inode. */
export function make(
  home: TestHome,
  name: string,
  parent: InodeId = rootInode,
  more: Partial<Create> = {},
): InodeId {
  const inode = home.replica.newInode();
  must(home, {
    kind: 'create',
    inode,
    parent,
    name: nameFromText(name),
    type: 'file',
    mode: more.type === 'directory' ? 0o755 : 0o644,
    uid: home.who.uid,
    gid: home.who.uid,
    rdev: 0,
    target: '',
    ...more,
  });
  return inode;
}

export function makeDirectory(home: TestHome, name: string, parent: InodeId = rootInode): InodeId {
  return make(home, name, parent, { type: 'directory' });
}

/** Every batch that the replica can tell. */
export function batchesOf({ replica }: TestHome): Buffer[] {
  return replica.batchesSince(new Map(), Infinity).map(({ bytes }) => Buffer.from(bytes));
}

/** One way: `to` gets all that `from` has. */
export async function deliver(from: TestHome, to: TestHome): Promise<void> {
  await from.replica.flush();
  const missing = from.replica.batchesSince(to.replica.frontier(), Infinity);
  await to.replica.accept(missing.map(({ bytes }) => bytes));
}

export async function exchange(a: TestHome, b: TestHome): Promise<void> {
  await deliver(a, b);
  await deliver(b, a);
}

/** Names in a directory, sorted, as people see them. */
export function namesIn({ replica }: TestHome, directory: InodeId = rootInode): string[] {
  return [...replica.entriesAfter(directory, 2)]
    .map(({ name }) => Buffer.from(name, 'latin1').toString())
    .sort();
}

/** What whoever removes a file must have seen of it. */
export function shownVersion({ replica }: TestHome, inode: InodeId): Unlink['seen'] {
  return replica.node(inode)?.heads[0]?.id ?? null;
}

/** What a rename to this name would replace. */
export function victimAt(
  home: TestHome,
  parent: InodeId,
  name: Name,
): Pick<Rename, 'victim' | 'victimSeen'> {
  const victim = home.replica.entry(parent, name)?.inode ?? null;
  return { victim, victimSeen: victim === null ? null : shownVersion(home, victim) };
}
