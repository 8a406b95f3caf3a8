import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from '../../crypto/hash.ts';
import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { writeFileAtomically } from '../../storage/data-directory-write.ts';
import type { Disk } from '../../storage/disk.ts';
import {
  type Equivocation,
  type ProofContext,
  type ProvenEquivocation,
  verifyEquivocation,
} from './equivocation.ts';
import { decodeOffence, encodeOffence, type Offence } from './offence.ts';

export interface EvidenceOptions {
  /** Made when there is something to keep. */
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly proofs: ProofContext;
}

/** A device that is known to have signed two histories. */
export interface Quarantined extends ProvenEquivocation {
  readonly proof: Equivocation;
  /** When this peer learnt of it. */
  readonly sinceMs: number;
}

/** What was refused of one device, of one kind, from one peer: the first is kept, the others are counted. */
export interface NotedOffence extends Pick<Offence, 'kind' | 'device' | 'from' | 'reason'> {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Different offences that are noted. Whoever makes more than so many has been noticed. */
const maximumNoted = 256;

/** Bytes in the folder besides proofs, of which there is one for each device. */
const maximumBytes = 16 * 1024 * 1024;

const extension = '.evidence';

/** Keeps what peers sent that no sound peer sends, and who signed two histories. */
export class Evidence {
  readonly #options: EvidenceOptions;
  readonly #quarantined = new Map<DeviceId, Quarantined>();
  readonly #noted = new Map<string, NotedOffence>();
  readonly #listeners: ((quarantined: Quarantined, from: DeviceId | null) => void)[] = [];
  #bytes = 0;

  constructor(options: EvidenceOptions) {
    this.#options = options;
    for (const offence of this.#load()) this.#take(offence);
  }

  isQuarantined(device: DeviceId): boolean {
    return this.#quarantined.has(device);
  }

  get quarantined(): readonly Quarantined[] {
    return [...this.#quarantined.values()];
  }

  get noted(): readonly NotedOffence[] {
    return [...this.#noted.values()];
  }

  /** A device was found to have signed two histories. */
  onQuarantine(listener: (quarantined: Quarantined, from: DeviceId | null) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes a proof, from the peer that sent it or the second batch. False when it proves nothing. */
  accuse(proof: Equivocation, from: DeviceId | null): boolean {
    const proven = verifyEquivocation(proof, this.#options.proofs);
    if (!proven) return false;
    const { device, user, sequence } = proven;
    if (this.#quarantined.has(device)) return true;
    const offence: Offence = {
      ...{ kind: 'equivocation', device, from, atMs: this.#options.clock.nowMs() },
      reason: `it signed two histories: batch ${sequence} is not what it was`,
      batches: [proof.first.bytes, proof.second.bytes],
      certificates: [proof.first.certificate, proof.second.certificate],
    };
    this.#take(offence);
    this.#keep(offence);
    this.#options.logger.error({ device, user, sequence, from }, 'a device signed two histories');
    const quarantined = this.#quarantined.get(device);
    for (const listener of this.#listeners) if (quarantined) listener(quarantined, from);
    return true;
  }

  /** Notes an offence that proves nothing against whom its batch names. */
  note(offence: Omit<Offence, 'atMs' | 'certificates'>): void {
    const whole = { ...offence, atMs: this.#options.clock.nowMs(), certificates: [] };
    if (!this.#count(whole)) return;
    const { device, from, kind, reason } = offence;
    this.#options.logger.warn({ device, from, kind, reason }, 'a batch was refused');
    this.#keep(whole);
  }

  /** True when it is the first of its kind. */
  #count({ kind, device, from, atMs, reason }: Offence): boolean {
    const key = `${kind} ${device ?? 0} ${from ?? 0}`;
    const before = this.#noted.get(key);
    if (!before && this.#noted.size >= maximumNoted) return false;
    const { count, firstMs } = before ?? { count: 0, firstMs: atMs };
    const who = { kind, device, from, reason };
    this.#noted.set(key, { ...who, count: count + 1, firstMs, lastMs: atMs });
    return !before;
  }

  #take(offence: Offence): void {
    this.#count(offence);
    if (offence.kind !== 'equivocation') return;
    const proof = proofOf(offence);
    const proven = proof && verifyEquivocation(proof, this.#options.proofs);
    if (!proof || !proven) return;
    this.#quarantined.set(proven.device, { ...proven, proof, sinceMs: offence.atMs });
  }

  #load(): Offence[] {
    const { directory, logger } = this.#options;
    return namesIn(directory).flatMap((name) => {
      const path = join(directory, name);
      try {
        this.#bytes += statSync(path).size;
        const offence = decodeOffence(readFileSync(path));
        if (!offence) logger.warn({ path }, 'not evidence in a known version');
        return offence ?? [];
      } catch (error) {
        logger.warn({ path, error }, 'evidence that cannot be read');
        return [];
      }
    });
  }

  /** What is refused is refused whether it can be kept or not. */
  #keep(offence: Offence): void {
    const { directory, disk, logger } = this.#options;
    const bytes = encodeOffence(offence);
    if (offence.kind !== 'equivocation' && this.#bytes + bytes.length > maximumBytes) return;
    const name = `${offence.kind}-${offence.device ?? 0}-${hash(bytes).toString('hex', 0, 8)}`;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileAtomically(disk, 'evidence', join(directory, `${name}${extension}`), bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      logger.error({ error, directory }, 'evidence could not be kept');
    }
  }
}

function proofOf({ batches, certificates }: Offence): Equivocation | undefined {
  const [first, second] = batches;
  const [firstCertificate, secondCertificate] = certificates;
  if (!first || !second || !firstCertificate || !secondCertificate) return undefined;
  return {
    first: { bytes: first, certificate: firstCertificate },
    second: { bytes: second, certificate: secondCertificate },
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(extension));
  } catch {
    return [];
  }
}
