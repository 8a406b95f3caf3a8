import type { KeyObject } from 'node:crypto';
import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import {
  encodeBatch,
  maximumBatchOperations,
  maximumSeen,
  noHash,
  type StampedBody,
} from '../codec/batch.ts';
import type { BatchId, Frontier } from '../replica.ts';
import { stampToText } from '../stamp.ts';
import { unsealedKey } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import type { Note } from '../merge/integrator.ts';
import type { AppliedFrontier } from './applied-frontier.ts';
import { type LogEntry, proposalsAmong } from './log-entry.ts';
import type { Logs } from './logs.ts';

export interface SealerOptions {
  readonly device: DeviceId;
  readonly network: string;
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Buffer;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly applied: AppliedFrontier;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * What operations refer to besides each other must be on the disk itself before they are. Undefined when it is; otherwise resolves when
   * all is that was performed before the call.
   */
  readonly noted?: () => Promise<void> | undefined;
  /** The batch may be told to others. */
  readonly told: (batch: Uint8Array, id: BatchId) => void;
}

/** Batches are at least so far apart: what happens within shares a signature. The first after a pause does not wait. */
const sealEveryMs = 5;

/**
 * The same in a burst, such as a copy of many files. Each batch is brought to the disk before others are told, and a disk's file
 * system that commits its journal all the time makes creating backing files several times slower.
 */
const sealEveryMsInBurst = 25;

/** A batch of more operations than this, made within `sealEveryMs`, is the sign of a burst. */
const quietOperations = 8;

/** Bytes of operations after which a batch is full: the longest operation still fits then, and all the rest of a batch. */
const fullBatchBytes = 256 * 1024;

const retryMs = 1000;

/** Puts this device's operations into its log: groups, signs, appends, flushes. */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #seen: Map<DeviceId, number>;
  /** What was in the tree before the first of the unsealed operations was performed. */
  #seenBefore: Frontier = new Map();
  #unsealed: StampedBody[] = [];
  /** All that were ever added, and those of them that are in the log. */
  #added = 0;
  #sealed = 0;
  #isPreparing = false;
  #stopped = false;
  #untold: { id: BatchId; bytes: Buffer }[] = [];
  #cancel: (() => void) | undefined;
  #sealedMs = -sealEveryMsInBurst;
  #gapMs = sealEveryMs;
  /** The last batch that is on the disk itself, so that this device can never sign another one in its place. */
  #durableSequence = 0;
  #sealFailure: Error | undefined;
  /** The log never takes back that it could not be flushed: see LogFile. */
  #syncFailure: Error | undefined;

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#seen = options.logs.seenBy(options.device);
  }

  get unsealed(): number {
    return this.#unsealed.length;
  }

  /** Why the log took nothing the last time; undefined when it did. */
  get failure(): Error | undefined {
    return this.#sealFailure ?? this.#syncFailure;
  }

  get durableSequence(): number {
    return this.#durableSequence;
  }

  /** What the next operation must store with itself, so that it is found after a crash. */
  noteFor(operation: StampedBody['stamp']): Note | undefined {
    if (this.#unsealed.length > 0) return undefined;
    return { key: unsealedKey, value: Buffer.from(stampToText(operation), 'latin1') };
  }

  add(operation: StampedBody): void {
    if (this.#unsealed.length === 0) this.#seenBefore = this.#options.applied.now;
    this.#unsealed.push(operation);
    this.#added += 1;
    // The event loop may be too busy for the timer.
    if (this.#unsealed.length >= maximumBatchOperations) this.#sealInTime();
    else this.#schedule(this.#sealedMs + this.#gapMs - this.#options.clock.monotonicMs());
  }

  /** Throws when the log cannot be written; nothing is lost then. Operations that were added later than `upTo` may wait. */
  seal(upTo = this.#added): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#unsealed.length === 0) return;
    this.#sealedMs = this.#options.clock.monotonicMs();
    this.#gapMs = this.#unsealed.length > quietOperations ? sealEveryMsInBurst : sealEveryMs;
    try {
      while (this.#sealed < upTo && this.#unsealed.length > 0) this.#sealOne(upTo);
      this.#sealFailure = undefined;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
    if (this.#unsealed.length > 0) this.#schedule(this.#gapMs);
  }

  /** There may be room by now. */
  tryAgain(): void {
    try {
      this.seal();
    } catch {
      // `failure` says so.
      return;
    }
  }

  #failed(error: unknown): void {
    this.#sealFailure = error as Error;
    this.#schedule(retryMs);
  }

  /** Resolves when all that was performed before is durable. */
  async flush(): Promise<void> {
    const { logs, device, noted } = this.#options;
    const upTo = this.#added;
    await noted?.();
    this.seal(upTo);
    const sequence = logs.progressOf(device)?.sequence ?? 0;
    try {
      await logs.syncAll();
    } catch (error) {
      this.#syncFailure = error as Error;
      throw error;
    }
    this.#tell(sequence);
  }

  /** At the start, when there is nobody to hold up or to tell: peers ask for what they lack when they connect. */
  sealAtStart(operations: readonly StampedBody[]): void {
    const { logs, device } = this.#options;
    this.#unsealed = [...operations];
    this.#added = this.#sealed + operations.length;
    this.seal();
    logs.syncNow(device);
    this.#untold = [];
    this.#durableSequence = logs.progressOf(device)?.sequence ?? 0;
  }

  /** This device's log was continued by what a peer gave back. */
  restored(sequence: number): void {
    this.#durableSequence = Math.max(this.#durableSequence, sequence);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(delayMs: number): void {
    this.#cancel ??= this.#options.clock.after(Math.max(0, delayMs), () => this.#sealInTime());
  }

  #sealInTime(): void {
    if (this.#isPreparing) return;
    const noted = this.#options.noted?.();
    if (noted === undefined) return this.#sealAndSync(this.#added);
    const upTo = this.#added;
    this.#isPreparing = true;
    noted
      .finally(() => (this.#isPreparing = false))
      .then(
        () => this.#sealAndSync(upTo),
        (error: unknown) => {
          this.#options.logger.error({ error }, 'what operations refer to cannot be noted');
          this.#cancel = undefined;
          this.#failed(error);
        },
      );
  }

  #sealAndSync(upTo: number): void {
    if (this.#stopped) return;
    try {
      this.seal(upTo);
    } catch (error) {
      this.#options.logger.error({ error }, 'operations cannot be written into the log');
      return;
    }
    void this.#syncInTime();
  }

  /** Others are told once the batch is on the disk itself: a device that forgot what it signed would sign a second history. */
  async #syncInTime(): Promise<void> {
    const { logs, device, logger } = this.#options;
    const sequence = logs.progressOf(device)?.sequence ?? 0;
    try {
      await logs.syncOne(device);
      this.#tell(sequence);
    } catch (error) {
      this.#syncFailure = error as Error;
      logger.error({ error }, 'the log cannot be brought to the disk');
    }
  }

  #tell(upTo: number): void {
    this.#durableSequence = Math.max(this.#durableSequence, upTo);
    while ((this.#untold[0]?.id.sequence ?? Infinity) <= upTo) {
      const next = this.#untold.shift();
      if (next) this.#options.told(next.bytes, next.id);
    }
  }

  #sealOne(upTo: number): void {
    const { device, logs, rows } = this.#options;
    const operations = this.#firstOperations(upTo - this.#sealed);
    const entry = this.#entryOf(operations);
    logs.append(device, [entry], false);
    for (const [seen, sequence] of entry.seen) this.#seen.set(seen, sequence);
    this.#unsealed = this.#unsealed.slice(operations.length);
    this.#sealed += operations.length;
    this.#untold.push({ id: { device, sequence: entry.sequence }, bytes: entry.bytes });
    if (this.#unsealed.length === 0) rows.transaction(() => rows.remove(unsealedKey));
  }

  #firstOperations(maximum: number): StampedBody[] {
    let bytes = 0;
    let count = 0;
    for (const { body } of this.#unsealed) {
      if (bytes >= fullBatchBytes || count >= Math.min(maximum, maximumBatchOperations)) break;
      bytes += body.length;
      count += 1;
    }
    return this.#unsealed.slice(0, count);
  }

  #entryOf(operations: readonly StampedBody[]): LogEntry {
    const { device, network, privateKey, logs } = this.#options;
    const before = logs.progressOf(device);
    const isKnown = before?.certificate.equals(this.#options.certificate) ?? false;
    const certificate = isKnown ? null : this.#options.certificate;
    const sequence = (before?.sequence ?? 0) + 1;
    const seen = this.#newlySeen();
    const previousHash = before?.hash ?? noHash;
    const header = { device, sequence, previousHash, seen, certificate };
    const bytes = encodeBatch(header, operations, network, privateKey);
    const last = operations.at(-1);
    const lastStamp = last ? stampToText(last.stamp) : '';
    const proposals = proposalsAmong(operations);
    const count = operations.length;
    return { bytes, sequence, seen, certificate, operations: count, lastStamp, proposals };
  }

  #newlySeen(): Map<DeviceId, number> {
    const changed = new Map<DeviceId, number>();
    for (const [device, sequence] of this.#seenBefore) {
      if (device === this.#options.device || (this.#seen.get(device) ?? 0) >= sequence) continue;
      if (changed.size === maximumSeen) break;
      changed.set(device, sequence);
    }
    return changed;
  }
}
