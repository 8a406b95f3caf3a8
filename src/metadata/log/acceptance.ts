import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Batch, decodeBatch } from '../codec/batch.ts';
import { Malformed } from '../codec/malformed.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { keptOfMalformedBytes } from '../evidence/offence.ts';
import type { Backlog } from '../merge/backlog.ts';
import type { Merger } from '../merge/merger.ts';
import { Pace, runSliced, type Sliced } from '../merge/pace.ts';
import type { ParkedOperations } from '../merge/parked.ts';
import type { AcceptOutcome, BatchId, BatchSource } from '../replica.ts';
import type { Rows } from '../tables/rows.ts';
import {
  emptyTail,
  judge,
  type JudgeContext,
  type LoggedBytes,
  type RefusedBatch,
  type Tail,
} from './judge.ts';
import { logEntry } from './log-entry.ts';
import type { Logs } from './logs.ts';
import type { Sealer } from './sealer.ts';

export interface AcceptanceOptions {
  readonly device: DeviceId;
  readonly judging: Omit<JudgeContext, 'logged'>;
  readonly evidence: Evidence;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly sealer: Sealer;
  readonly backlog: Backlog;
  readonly merger: Merger;
  readonly parked: ParkedOperations;
  readonly clock: Clock;
  readonly batchLogged: (batch: Uint8Array, id: BatchId) => void;
}

interface Offered {
  readonly batch: Batch;
  readonly bytes: Buffer;
}

interface Outcome {
  accepted: number;
  operations: number;
  missing: boolean;
  refused: { id: BatchId | null; reason: string }[];
  readonly from: BatchSource | undefined;
}

/**
 * Takes batches from peers: checks them, logs them, and has their operations brought into the tree. What is logged is told to others and
 * waits in the log, however much it is, while the tree follows.
 */
export class Acceptance {
  readonly #options: AcceptanceOptions;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
  }

  /** Resolves when the batches are logged and in the tree; when more come at once, as soon as they are logged. */
  async accept(
    batches: readonly Uint8Array[],
    from?: BatchSource,
    more = false,
  ): Promise<AcceptOutcome> {
    const outcome: Outcome = { accepted: 0, operations: 0, missing: false, refused: [], from };
    await this.#enqueue(() => this.#accept(batches, outcome));
    const merged = this.#options.merger.run();
    // Whoever brings the last of them waits for all, and learns what went wrong.
    if (more) merged.catch(() => undefined);
    else await merged;
    const { accepted, operations, missing, refused } = outcome;
    return { accepted, operations, missing, refused };
  }

  /** Brings in the parked operations whose time has come. */
  acceptDue(): Promise<void> {
    return this.#options.merger.runDue();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.parked.stop();
    await this.#running;
    await this.#options.merger.stop();
  }

  #enqueue(work: () => Sliced<void>): Promise<void> {
    const run = this.#running.then(() => this.#run(work));
    this.#running = run.catch(() => undefined);
    return run;
  }

  async #run(work: () => Sliced<void>): Promise<void> {
    if (!this.#stopped) await runSliced(work(), () => this.#stopped);
  }

  *#accept(batches: readonly Uint8Array[], outcome: Outcome): Sliced<void> {
    const pace = new Pace(this.#options.clock);
    const offeredByDevice = new Map<DeviceId, Offered[]>();
    for (const bytes of batches) {
      const offered = this.#decode(bytes, outcome);
      if (offered) {
        const device = offered.batch.device;
        offeredByDevice.set(device, [...(offeredByDevice.get(device) ?? []), offered]);
      }
      yield* pace.rest();
    }
    for (const [device, offered] of offeredByDevice) {
      offered.sort((a, b) => a.batch.sequence - b.batch.sequence);
      yield* this.#log(device, offered, outcome, pace);
    }
  }

  /** Appends to the device's log what continues it. */
  *#log(device: DeviceId, offered: readonly Offered[], outcome: Outcome, pace: Pace): Sliced<void> {
    let tail = this.#tailOf(device);
    let checked: Offered[] = [];
    for (const each of offered) {
      const judgement = judge(each.batch, each.bytes, tail, this.#judging(checked));
      if (judgement.kind === 'missing') {
        outcome.missing = true;
        break;
      }
      // What comes after a batch that is refused cannot be taken either.
      if (judgement.kind === 'refused') {
        this.#refuse(each, judgement, outcome);
        break;
      }
      if (judgement.kind === 'new') {
        const reason = this.#refusalOfOwn(device) ?? this.#refusalOfQuarantined(device, outcome);
        if (reason !== undefined) {
          outcome.refused.push({ id: { device, sequence: each.batch.sequence }, reason });
          break;
        }
        checked.push(each);
        tail = judgement.tail;
      }
      if (!pace.due()) continue;
      this.#append(device, checked, outcome);
      checked = [];
      yield* pace.rest();
    }
    this.#append(device, checked, outcome);
  }

  /** A batch that is about to be logged counts as logged. */
  #judging(checked: readonly Offered[]): JudgeContext {
    const { judging, logs } = this.#options;
    return {
      ...judging,
      logged(device, sequence) {
        const found = checked.find(({ batch }) => batch.sequence === sequence);
        if (!found) return logged(logs, device, sequence);
        const renewed = checked.findLast(
          ({ batch }) => batch.sequence <= sequence && batch.certificate !== null,
        )?.batch.certificate;
        const certificate = () => renewed ?? logs.certificateAt(device, sequence);
        return { bytes: found.bytes, certificate };
      },
    };
  }

  #refuse({ batch, bytes }: Offered, refused: RefusedBatch, outcome: Outcome): void {
    const { evidence } = this.#options;
    const { device, sequence } = batch;
    const { offence: kind, reason, proof } = refused;
    outcome.refused.push({ id: { device, sequence }, reason });
    const from = outcome.from?.device ?? null;
    if (proof) evidence.accuse(proof, from);
    else evidence.note({ kind, device, from, reason, batches: [bytes] });
  }

  #decode(bytes: Uint8Array, outcome: Outcome): Offered | undefined {
    try {
      // A copy, since it outlives the message that it came in.
      const copy = Buffer.from(bytes);
      return { batch: decodeBatch(copy), bytes: copy };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const reason = `malformed: ${error.message}`;
      outcome.refused.push({ id: null, reason });
      const from = outcome.from?.device ?? null;
      const batches = [Buffer.from(bytes.subarray(0, keptOfMalformedBytes))];
      this.#options.evidence.note({ kind: 'malformed', device: null, from, reason, batches });
      return undefined;
    }
  }

  #append(device: DeviceId, checked: readonly Offered[], outcome: Outcome): void {
    const { logs, sealer, backlog, batchLogged } = this.#options;
    const known = logs.progressOf(device)?.sequence ?? 0;
    // While others ran, a checkpoint may have taken the place of the log that these continue.
    if (checked[0]?.batch.sequence !== known + 1) return;
    logs.append(
      device,
      checked.map(({ batch, bytes }) => logEntry(batch, bytes)),
      true,
    );
    for (const { batch, bytes } of checked) {
      if (device === this.#options.device) sealer.restored(batch.sequence);
      outcome.accepted += 1;
      backlog.add(batch, batch.operations.length);
      outcome.operations += backlog.observe(batch.operations).length;
      batchLogged(bytes, { device, sequence: batch.sequence });
    }
  }

  /**
   * Peers give back what this device lost, when its home was restored from an older copy; but only as long as it has not gone on
   * from there.
   */
  #refusalOfOwn(device: DeviceId): string | undefined {
    if (device !== this.#options.device || this.#options.sealer.unsealed === 0) return undefined;
    return 'this device has operations in place of those that it had lost';
  }

  /**
   * Of a device that signed two histories nothing more is taken, but what others took before they knew: so those who are honest
   * still come to the same.
   */
  #refusalOfQuarantined(device: DeviceId, { from }: Outcome): string | undefined {
    if (!this.#options.evidence.isQuarantined(device)) return undefined;
    const isVouchedFor = from && from.device !== device && from.quarantined.has(device);
    return isVouchedFor ? undefined : 'its device signed two histories';
  }

  #tailOf(device: DeviceId): Tail {
    const { logs } = this.#options;
    const progress = logs.progressOf(device);
    if (!progress) return emptyTail;
    const { sequence, hash, lastStamp } = progress;
    return { sequence, hash, lastStamp, certificate: logs.certificateOf(device) };
  }
}

function logged(logs: Logs, device: DeviceId, sequence: number): LoggedBytes | undefined {
  const bytes = logs.read({ device, sequence });
  return bytes && { bytes, certificate: () => logs.certificateAt(device, sequence) };
}
