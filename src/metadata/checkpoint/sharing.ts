import { statSync } from 'node:fs';
import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Disk } from '../../storage/disk.ts';
import { decodeBatch, isSignedBy } from '../codec/batch.ts';
import type { CertificateReader } from '../log/known-device.ts';
import type { Logs } from '../log/logs.ts';
import { Pace, runSliced } from '../merge/pace.ts';
import type { ProposeCheckpoint } from '../operation.ts';
import type { Frontier } from '../replica.ts';
import type { Adoption } from './adoption.ts';
import { deviceIn, thresholdOf } from './base.ts';
import type { Checkpoints } from './checkpoints.ts';
import { readPart, verifyFile, type WholeCheckpoint } from './file-reader.ts';
import type { CheckpointFolder } from './folder.ts';
import { PartialFile } from './partial-file.ts';

/** What one peer tells another of the checkpoint that it holds. */
export interface CheckpointOffer {
  readonly threshold: number;
  readonly hash: Buffer;
  readonly bytes: number;
  /** The batch in which a device asked for it. */
  readonly proof: Buffer;
  /** Up to where batches are not in the logs any more, by device. */
  readonly cut: Frontier;
}

/** What is wrong with a file that came damaged: another peer may have it whole. */
export const damaged = 'its bytes do not have its hash';

export interface SharingOptions {
  readonly network: string;
  readonly certificateInfo: CertificateReader;
  readonly logs: Logs;
  readonly adoption: Adoption;
  readonly checkpoints: Checkpoints;
  readonly folder: CheckpointFolder;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isStopped: () => boolean;
}

/** Gives checkpoints to peers that lack what was taken out of the logs, and takes them from peers. */
export class CheckpointSharing {
  readonly #options: SharingOptions;

  constructor(options: SharingOptions) {
    this.#options = options;
  }

  /** Undefined when there is none, or nothing to prove it by. */
  offer(): CheckpointOffer | undefined {
    const { adoption, checkpoints, folder } = this.#options;
    const { base } = adoption;
    const proof = checkpoints.proof();
    if (!base || !proof) return undefined;
    const { threshold } = base.header;
    const bytes = sizeOf(folder.pathOf(threshold));
    return bytes === undefined
      ? undefined
      : { threshold, hash: base.hash, bytes, proof, cut: this.cut() };
  }

  /** Up to where batches are not in the logs any more, by device. */
  cut(): Map<DeviceId, number> {
    const { logs } = this.#options;
    const cut = new Map<DeviceId, number>();
    for (const device of logs.frontier().keys()) {
      const before = logs.beforeOf(device);
      if (before) cut.set(device, before.sequence);
    }
    return cut;
  }

  /** Devices of whose logs a peer that cut them cannot give what is lacking here. */
  lacking(cut: Frontier): DeviceId[] {
    const { logs } = this.#options;
    return [...cut]
      .filter(([device, sequence]) => (logs.progressOf(device)?.sequence ?? 0) < sequence)
      .map(([device]) => device);
  }

  /** Whether this peer cannot go on without it. */
  isNeeded({ threshold, cut }: Pick<CheckpointOffer, 'threshold' | 'cut'>): boolean {
    const { adoption, checkpoints } = this.#options;
    if (threshold <= thresholdOf(adoption.base)) return false;
    const { wanted } = checkpoints;
    return (wanted && wanted.threshold <= threshold) || this.lacking(cut).length > 0;
  }

  /** A piece of a checkpoint that is here; undefined when it is not. */
  part(threshold: number, hash: Buffer, offset: number, length: number): Buffer | undefined {
    const { adoption, folder } = this.#options;
    if (!adoption.base?.hash.equals(hash)) return undefined;
    return readPart(folder.pathOf(threshold), offset, length);
  }

  /** Where the pieces of a checkpoint are put together; what came before is there still. */
  fetching({ threshold, hash }: CheckpointOffer): PartialFile {
    const { folder, disk } = this.#options;
    return new PartialFile(folder.fetchingPath(threshold, hash), disk);
  }

  /** Makes what was fetched the beginning of everything here. Resolves to what is wrong with it, as a clause. */
  async install(offer: CheckpointOffer): Promise<string | undefined> {
    const { adoption, checkpoints, folder, clock, isStopped } = this.#options;
    const path = folder.fetchingPath(offer.threshold, offer.hash);
    const whole = await runSliced(verifyFile(path, new Pace(clock)), isStopped);
    if (isStopped()) return undefined;
    if (!whole?.hash.equals(offer.hash)) return damaged;
    const problem = this.#problemOf(offer, whole) ?? (await adoption.install(whole));
    if (problem === undefined) checkpoints.installed();
    return problem;
  }

  /** A member of the network asked for exactly this, as whoever was due. */
  #problemOf({ proof }: CheckpointOffer, { header, hash }: WholeCheckpoint): string | undefined {
    const { network, certificateInfo } = this.#options;
    if (header.network !== network) return 'it is of another network';
    const batch = decodeBatch(proof);
    const asked = batch.operations.find(({ operation: { fields } }) =>
      isFor(fields, header.threshold, hash),
    );
    if (!asked) return 'nobody asked for it';
    const due = header.devices.find(({ isMember }) => isMember);
    if (due?.device !== batch.device) return 'it was not its author’s turn';
    const der = batch.certificate ?? deviceIn({ header, hash }, batch.device)?.end?.certificate;
    const certificate = der && certificateInfo(der);
    if (!certificate || 'refused' in certificate || certificate.device !== batch.device) {
      return 'its author is not known';
    }
    return isSignedBy(proof, certificate.publicKey, network) ? undefined : 'it is not signed';
  }
}

function isFor(fields: { kind: string }, threshold: number, hash: Buffer): boolean {
  if (fields.kind !== 'checkpoint') return false;
  const asked = fields as ProposeCheckpoint;
  return asked.threshold === threshold && asked.hash.equals(hash);
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
