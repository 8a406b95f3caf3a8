import type { DeviceId } from '../identity/ids.ts';
import { decodeBody } from './codec/operation-codec.ts';
import type { InodeId } from './ids.ts';
import type { Evidence } from './evidence/evidence.ts';
import type { Acknowledger } from './checkpoint/acknowledger.ts';
import type { Adoption } from './checkpoint/adoption.ts';
import type { Belated } from './checkpoint/belated.ts';
import type { CheckpointSharing } from './checkpoint/sharing.ts';
import type { Checkpoints } from './checkpoint/checkpoints.ts';
import { defaultCheckpointLimits } from './checkpoint/limits.ts';
import { isSeenBy, membersAt } from './checkpoint/stability.ts';
import { deviceViews } from './checkpoint/views.ts';
import type { Acceptance } from './log/acceptance.ts';
import type { AppliedFrontier } from './log/applied-frontier.ts';
import type { Logs } from './log/logs.ts';
import type { Sealer } from './log/sealer.ts';
import type { Integrator } from './merge/integrator.ts';
import type { OwnRefusals } from './merge/own-refusals.ts';
import type { ParkedOperations } from './merge/parked.ts';
import type { Merger } from './merge/merger.ts';
import type { MergeProgress, MergeStatistics } from './merge/statistics.ts';
import type { Name } from './name.ts';
import type { Entry, Head, Node, Time } from './node.ts';
import type { Acting, Operation, OperationFields } from './operation.ts';
import type { OwnNumbers } from './own-numbers.ts';
import type { ReplicaEvents } from './replica-events.ts';
import type { ReplicaOptions } from './replica-options.ts';
import type {
  AcceptOutcome,
  BatchId,
  BatchSource,
  Conflict,
  Frontier,
  LoggedBatch,
  LogHead,
  Place,
  Refusal,
  Replica,
} from './replica.ts';
import type { StampClock } from './stamp-clock.ts';
import { decodeApplied } from './state/applied-record.ts';
import { versionKey } from './state/tree-key.ts';
import { decodeVersion } from './state/version-record.ts';
import { decodeNode } from './state/node-record.ts';
import { nodeKey } from './state/tree-key.ts';
import { stampFromText, stampToText, timeOfStamp, type Stamp } from './stamp.ts';
import { appliedKey } from './tables/global-key.ts';
import type { CommittedTree } from './tables/committed-tree.ts';
import type { Counters } from './tables/counters.ts';

/** What a replica consists of; `openReplica` puts it together. */
export interface ReplicaParts {
  readonly options: ReplicaOptions;
  readonly tree: CommittedTree;
  readonly counters: Counters;
  readonly logs: Logs;
  readonly sealer: Sealer;
  readonly integrator: Integrator;
  readonly acceptance: Acceptance;
  readonly merger: Merger;
  readonly parked: ParkedOperations;
  readonly evidence: Evidence;
  readonly refusals: OwnRefusals;
  readonly stamps: StampClock;
  readonly numbers: OwnNumbers;
  readonly events: ReplicaEvents;
  readonly checkpoints: Checkpoints;
  readonly adoption: Adoption;
  readonly acknowledger: Acknowledger;
  readonly belated: Belated;
  readonly applied: AppliedFrontier;
  readonly sharing: CheckpointSharing;
}

export class LocalReplica implements Replica {
  /** For checks of the whole. */
  readonly parts: ReplicaParts;

  constructor(parts: ReplicaParts) {
    this.parts = parts;
  }

  node(inode: InodeId): Node | undefined {
    return this.parts.tree.node(inode);
  }

  entry(parent: InodeId, name: Name): Entry | undefined {
    return this.parts.tree.entry(parent, name);
  }

  entriesAfter(directory: InodeId, cookie: number): Iterable<Entry> {
    return this.parts.tree.entriesAfter(directory, cookie);
  }

  isEmpty(directory: InodeId): boolean {
    return this.parts.tree.isEmpty(directory);
  }

  parentOf(directory: InodeId): InodeId | undefined {
    return this.parts.tree.parentOf(directory);
  }

  placesOf(inode: InodeId): readonly Place[] {
    return this.parts.tree.placesOf(inode);
  }

  /** Where the last name of a removed thing was. */
  lastPlaceOf(inode: InodeId): Place | undefined {
    const bytes = this.parts.tree.rows.get(nodeKey(inode));
    return (bytes && decodeNode(bytes).removedFrom) ?? undefined;
  }

  xattr(inode: InodeId, name: Name): Buffer | undefined {
    return this.parts.tree.xattr(inode, name);
  }

  xattrNames(inode: InodeId): readonly Name[] {
    return this.parts.tree.xattrNames(inode);
  }

  conflicts(of?: Place): Iterable<Conflict> {
    return this.parts.tree.conflicts(of);
  }

  wantedName(place: Place): Name | undefined {
    return this.parts.tree.wantedName(place);
  }

  counts(): { inodes: number; entries: number } {
    const { inodes, entries } = this.parts.counters;
    return { inodes, entries };
  }

  now(): Time {
    return timeOfStamp(this.parts.stamps.next());
  }

  newInode(): InodeId {
    return this.parts.numbers.take();
  }

  perform(acting: Acting, fields: OperationFields): Refusal | undefined {
    const { integrator, sealer, stamps } = this.parts;
    // What cannot come into the log would be known to nobody but this process: better refused than lost later.
    if (sealer.failure) sealer.tryAgain();
    if (sealer.failure) throw sealer.failure;
    const stamp = stamps.next();
    const operation: Operation = { stamp, acting, fields };
    const outcome = integrator.perform(operation, sealer.noteFor(stamp));
    if ('code' in outcome) return outcome;
    sealer.add({ stamp, body: outcome.body });
    return undefined;
  }

  flush(): Promise<void> {
    return this.parts.sealer.flush();
  }

  get unsealed(): number {
    return this.parts.sealer.unsealed;
  }

  /** Of this device's own log, only what is on the disk itself: see Sealer. */
  frontier(): Frontier {
    const { logs, sealer, options } = this.parts;
    const frontier = logs.frontier();
    if (sealer.durableSequence > 0) frontier.set(options.device, sealer.durableSequence);
    else frontier.delete(options.device);
    return frontier;
  }

  appliedFrontier(): Frontier {
    const { applied, parked, logs } = this.parts;
    const waiting = parked.waiting.map(({ device }) => device);
    if (waiting.length === 0) return applied.now;
    const frontier = new Map(applied.now);
    for (const device of waiting) frontier.set(device, logs.progressOf(device)?.sequence ?? 0);
    return frontier;
  }

  lastStampOf(device: DeviceId): Stamp | undefined {
    const text = this.parts.logs.progressOf(device)?.lastStamp ?? '';
    return text === '' ? undefined : stampFromText(text);
  }

  versionsBefore(version: Stamp): readonly Stamp[] | undefined {
    const row = this.parts.tree.rows.get(appliedKey(stampToText(version)));
    if (row === undefined) return undefined;
    const { fields } = decodeBody(decodeApplied(row).body, version);
    return fields.kind === 'set-content' ? fields.supersedes : undefined;
  }

  refusedVersions(file: InodeId): readonly Head[] {
    return this.parts.refusals.versionsOf(file);
  }

  hasRefused(inode: InodeId): boolean {
    return this.parts.refusals.any(inode);
  }

  fileOfVersion(number: InodeId): InodeId | undefined {
    const row = this.parts.tree.rows.get(versionKey(number));
    return row && decodeVersion(row).file;
  }

  presentFrontier(): Frontier | undefined {
    const { logs, sealer } = this.parts;
    return sealer.unsealed > 0 ? undefined : logs.frontier();
  }

  isSeenByAll(frontier: Frontier, devices: Iterable<DeviceId> = []): boolean {
    const { logs, options } = this.parts;
    const { device: self, clock, checkpointLimits = defaultCheckpointLimits } = options;
    for (const device of devices) {
      if (device !== self && logs.progressOf(device) === undefined) return false;
    }
    if (this.#isAnythingToCome(clock.nowMs() + checkpointLimits.expiryMs)) return false;
    const others = deviceViews(logs, logs.frontier()).filter(({ device }) => device !== self);
    return isSeenBy(membersAt(others, clock.nowMs(), checkpointLimits), frontier);
  }

  /** What waits to be applied may have been done before its author saw what he says in a later batch that he has seen. */
  #isAnythingToCome(untilMs: number): boolean {
    const { logs, applied, parked, options } = this.parts;
    const isFarAhead = new Set(
      parked.waiting.filter((one) => one.untilMs > untilMs).map(({ device }) => device),
    );
    return [...logs.frontier()].some(
      ([device, sequence]) =>
        device !== options.device &&
        !isFarAhead.has(device) &&
        (applied.now.get(device) ?? 0) < sequence,
    );
  }

  batchesSince(frontier: Frontier, maximumBytes: number): LoggedBatch[] {
    return this.parts.logs.since(frontier, this.frontier(), maximumBytes);
  }

  logHeads(): LogHead[] {
    return [...this.frontier()].flatMap(([device, sequence]) => {
      const hash = this.#hashAt({ device, sequence });
      return hash ? { device, sequence, hash } : [];
    });
  }

  otherThan(head: LogHead): Uint8Array | undefined {
    const hash = this.#hashAt(head);
    return hash && !hash.equals(head.hash) ? this.parts.logs.read(head) : undefined;
  }

  #hashAt(id: BatchId): Buffer | undefined {
    const { logs } = this.parts;
    const progress = logs.progressOf(id.device);
    return progress?.sequence === id.sequence
      ? progress.hash
      : logs.endAt(id.device, id.sequence)?.hash;
  }

  operationsAfter(batch: BatchId): number {
    return this.parts.logs.operationsAfter(batch);
  }

  accept(
    batches: readonly Uint8Array[],
    from?: BatchSource,
    more?: boolean,
  ): Promise<AcceptOutcome> {
    return this.parts.acceptance.accept(batches, from, more);
  }

  onChange(listener: Parameters<Replica['onChange']>[0]): void {
    this.parts.events.onChange(listener);
  }

  onBatch(listener: Parameters<Replica['onBatch']>[0]): void {
    this.parts.events.onBatch(listener);
  }

  /** What folds old operations: for `status`, and for those who exchange checkpoints. */
  get checkpoints(): Checkpoints {
    return this.parts.checkpoints;
  }

  get statistics(): Readonly<MergeStatistics> {
    return this.parts.integrator.statistics;
  }

  get mergeProgress(): MergeProgress | undefined {
    return this.parts.integrator.progress;
  }

  /** What is being merged stops at the next slice and goes on at the next start. */
  async close(): Promise<void> {
    const { acceptance, sealer, logs, checkpoints, acknowledger } = this.parts;
    acknowledger.stop();
    await acceptance.stop();
    await checkpoints.stop();
    try {
      await sealer.flush();
    } finally {
      sealer.stop();
      await logs.close();
    }
  }
}
