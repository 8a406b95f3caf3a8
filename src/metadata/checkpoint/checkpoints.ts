import { rmSync } from 'node:fs';
import { Pace, runSliced, type Sliced } from '../merge/pace.ts';
import { candidateNow, operationsSince } from './candidate.ts';
import type { CheckpointParts } from './parts.ts';
import { Proposals } from './proposals.ts';
import { hashOf, thresholdOf } from './base.ts';
import { judgeProposal, type Proposal } from './verdict.ts';
import { type WrittenCheckpoint, writeCheckpoint } from './write-checkpoint.ts';
import { Snapshot } from './snapshot.ts';
import type { FoldedDevice } from '../operation.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { membersAt } from './stability.ts';
import { lastMillisAt } from '../log/log-view.ts';

/** What `status` tells. */
export interface CheckpointStatus {
  /** Milliseconds of the last stamps that are folded; null before the first checkpoint. */
  readonly threshold: number | null;
  /** Operations in the logs that are not folded. */
  readonly operationsSince: number;
  /** What the next checkpoint waits for, as a clause; null when none is due. */
  readonly waitsFor: string | null;
  /** Devices that have been away for too long, without which there are too few to fold anything. */
  readonly absent: readonly DeviceId[];
  /** Why this peer does not fold what the others do, as a sentence. */
  readonly problem: string | null;
  /** Operations done while this device was away for too long that wait for what they refer to. */
  readonly belated: number;
}

/** Has old operations folded: asks for it when it is this device's turn, and agrees to what others ask for if it is right. */
export class Checkpoints {
  readonly #parts: CheckpointParts;
  readonly #proposals: Proposals;
  readonly #refused = new Map<string, string>();
  #written: WrittenCheckpoint | undefined;
  #waitsFor: string | null = null;
  #absent: readonly DeviceId[] = [];
  #problem: string | null = null;
  #wanted: Proposal | undefined;
  #isProvable = false;
  #dirty = false;
  #running: Promise<void> | undefined;
  #nextLookMs = -Infinity;
  #cancelLook: (() => void) | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#proposals = new Proposals(parts.rows);
  }

  get status(): CheckpointStatus {
    const { logs, adoption, belated } = this.#parts;
    return {
      threshold: adoption.base?.header.threshold ?? null,
      operationsSince: operationsSince(logs, adoption.base),
      waitsFor: this.#waitsFor,
      absent: this.#absent,
      problem: this.#problem,
      belated: belated.waiting,
    };
  }

  /** One that was agreed on and that this peer cannot make itself. */
  get wanted(): { readonly threshold: number; readonly hash: Buffer } | undefined {
    return this.#wanted?.fields;
  }

  /** The batch in which a device that was due asked for the checkpoint that is held here; undefined while it is not here. */
  proof(): Buffer | undefined {
    const { adoption, logs } = this.#parts;
    const { base } = adoption;
    const proposal = base && this.#proposals.find(base.header.threshold, base.hash);
    return proposal && logs.read({ device: proposal.author, sequence: proposal.sequence });
  }

  /** Called when what is held or wanted is another one. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** After operations came into the tree, or own ones into the log. */
  look(): void {
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when there is nothing more to be done for now. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** After the replica was stopped. */
  async stop(): Promise<void> {
    this.#cancelLook?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#parts.isStopped()) {
      this.#dirty = false;
      try {
        await this.#step();
      } catch (error) {
        this.#parts.logger.error({ error }, 'a checkpoint could not be made');
        this.#lookLater();
      }
    }
  }

  async #step(): Promise<void> {
    const { adoption, applied, logger } = this.#parts;
    await adoption.finishCleaning();
    applied.refresh();
    if (this.#isProvable !== (this.proof() !== undefined)) this.#tell();
    this.#proposals.dropOlder(adoption.base);
    let toFetch: Proposal | undefined;
    for (const proposal of this.#proposals.newerThan(thresholdOf(adoption.base))) {
      const key = keyOf(proposal);
      if (this.#refused.has(key)) continue;
      const verdict = this.#judge(proposal);
      if (verdict.kind === 'refuse') {
        const { reason } = verdict;
        logger.warn({ device: proposal.author, reason }, 'a checkpoint was refused');
        this.#refused.set(key, reason);
      }
      if (verdict.kind === 'fetch') toFetch = proposal;
      if (verdict.kind === 'fold') return this.#fold(proposal);
    }
    // Who found that one differs does not take the next ones on trust.
    if (toFetch && this.#problem === null) return this.#want(toFetch);
    await this.#redoBelated();
    await this.#ask();
  }

  async #redoBelated(): Promise<void> {
    const { belated, adoption, sealer, folder, disk } = this.#parts;
    if (belated.waiting === 0) return;
    const threshold = thresholdOf(adoption.base);
    await this.#alone((pace) => belated.redo(threshold, pace));
    if (belated.waiting > 0 || this.#parts.isStopped()) return;
    await sealer.flush();
    folder.noteRedone(threshold, disk);
  }

  #judge(proposal: Proposal) {
    const { logs, applied, adoption, limits, givenUp } = this.#parts;
    return judgeProposal(proposal, logs, applied, adoption.base, limits, givenUp);
  }

  async #fold(proposal: Proposal): Promise<void> {
    const { hash, threshold, devices } = proposal.fields;
    const isOwn = this.#written?.hash.equals(hash) ?? false;
    const stillRight = () => this.#judge(proposal).kind === 'fold';
    const written = isOwn ? this.#written : await this.#write(threshold, devices, stillRight);
    if (!written) return this.look();
    if (written.hash.equals(hash)) {
      this.#written = undefined;
      this.#problem = null;
      await this.#parts.adoption.adopt(written);
      this.#tell();
      return this.look();
    }
    rmSync(written.path, { force: true });
    this.#refused.set(keyOf(proposal), 'it differs');
    this.#problem = `the checkpoint of device ${proposal.author} differs from this peer's tree: run peerfuse check`;
    const { author: device } = proposal;
    this.#parts.logger.error({ device, threshold }, 'a checkpoint differs from the tree here');
  }

  /** The file may be here already, if this device asked for it before something came too late. */
  async #want(proposal: Proposal): Promise<void> {
    const { adoption } = this.#parts;
    if (this.#written?.hash.equals(proposal.fields.hash)) {
      const written = this.#written;
      this.#written = undefined;
      await adoption.adopt({ ...written, hasGarbage: true });
      this.#tell();
      return this.look();
    }
    if (this.#wanted && keyOf(this.#wanted) === keyOf(proposal)) return;
    this.#wanted = proposal;
    this.#tell();
  }

  /** A checkpoint came from a peer, and is this peer's own now. */
  installed(): void {
    this.#problem = null;
    this.#tell();
    this.look();
  }

  /** Asks all to fold, when it is time and this device's turn. */
  async #ask(): Promise<void> {
    const { adoption, logs, limits, clock, rowsInTree } = this.#parts;
    const { base } = adoption;
    const worthwhile = Math.max(limits.minimumOperations, rowsInTree() * limits.operationsPerRow);
    if (operationsSince(logs, base) < worthwhile) {
      this.#waitsFor = null;
      this.#absent = [];
      return;
    }
    const pending = this.#proposals.newerThan(thresholdOf(base));
    if (pending.some((proposal) => this.#mayBeAgreed(proposal))) {
      this.#waitsFor = 'all devices to learn that it is asked for';
      return;
    }
    if (clock.monotonicMs() < this.#nextLookMs) return this.#lookLater();
    this.#nextLookMs = clock.monotonicMs() + limits.lookEveryMs;
    const candidate = this.#candidate();
    this.#waitsFor = 'waitsFor' in candidate ? candidate.waitsFor : null;
    this.#absent = ('waitsFor' in candidate && candidate.absent) || [];
    if ('waitsFor' in candidate || candidate.operations < worthwhile) return this.#lookLater();
    const same = () => {
      const now = this.#candidate();
      return 'threshold' in now && now.threshold === candidate.threshold ? now : undefined;
    };
    let { devices } = candidate;
    const written = await this.#write(candidate.threshold, devices, () => {
      const now = same();
      devices = now?.devices ?? devices;
      return now !== undefined;
    });
    if (!written || hashOf(adoption.base) !== hashOf(base)) return this.look();
    this.#written = written;
    const { hash } = written;
    const { threshold } = candidate;
    this.#parts.perform({ kind: 'checkpoint', threshold, hash, previous: hashOf(base), devices });
    this.look();
  }

  /** False when it was refused, or when somebody whom it waits for has been away for too long since it was asked for. */
  #mayBeAgreed(proposal: Proposal): boolean {
    if (this.#refused.has(keyOf(proposal))) return false;
    const { applied, logs, limits, clock } = this.#parts;
    const { devices, threshold } = proposal.fields;
    return [...this.#membersOf(devices, threshold)].every((device) => {
      const last = lastMillisAt(logs, device, applied.now.get(device) ?? 0) ?? 0;
      return last >= clock.nowMs() - limits.expiryMs;
    });
  }

  #candidate() {
    const { device, logs, applied, adoption, clock, limits, givenUp } = this.#parts;
    return candidateNow(device, logs, applied, adoption.base, clock.nowMs(), limits, givenUp);
  }

  /** Undefined when it is not to be written any more once nothing else is going on. */
  async #write(
    threshold: number,
    asked: readonly FoldedDevice[],
    isRight: () => boolean,
  ): Promise<WrittenCheckpoint | undefined> {
    const { adoption, network, logs, disk, clock, folder, limits, table } = this.#parts;
    let snapshot: Snapshot | undefined;
    await this.#alone(function* takeSnapshot() {
      yield;
      if (isRight()) snapshot = new Snapshot(table);
    });
    if (!snapshot) return undefined;
    const { base } = adoption;
    try {
      const members = this.#membersOf(asked, threshold);
      const steps = writeCheckpoint({
        ...{ snapshot, logs, disk, path: folder.writingPath(threshold), pace: new Pace(clock) },
        facts: { network, threshold, devices: asked, members, base },
        forgetUntilMs: adoption.forgetUntil(members, threshold, limits.forgetAfterMs),
      });
      const written = await runSliced(steps, () => this.#parts.isStopped());
      return await written?.finish();
    } finally {
      snapshot.close();
    }
  }

  #membersOf(devices: readonly FoldedDevice[], threshold: number): ReadonlySet<DeviceId> {
    const { logs, limits } = this.#parts;
    const then = devices.map(({ device, known }) => {
      return { device, lastMillis: lastMillisAt(logs, device, known) ?? 0 };
    });
    return new Set(membersAt(then, threshold, limits).map(({ device }) => device));
  }

  #alone(work: (pace: Pace) => Sliced<void>): Promise<void> {
    return this.#parts.alone(() => work(new Pace(this.#parts.clock)));
  }

  #tell(): void {
    const { base } = this.#parts.adoption;
    if (this.#wanted && this.#wanted.fields.threshold <= thresholdOf(base))
      this.#wanted = undefined;
    this.#isProvable = this.proof() !== undefined;
    for (const listener of this.#listeners) listener();
  }

  #lookLater(): void {
    const { clock, limits } = this.#parts;
    this.#cancelLook ??= clock.after(limits.lookEveryMs, () => {
      this.#cancelLook = undefined;
      this.look();
    });
  }
}

function keyOf({ author, sequence, fields }: Proposal): string {
  return `${author}-${sequence}-${fields.threshold}`;
}
