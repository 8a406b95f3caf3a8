import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Batch, decodeBatch, type LoggedOperation } from '../codec/batch.ts';
import { highestCounter } from '../codec/operation-codec.ts';
import { Malformed } from '../codec/malformed.ts';
import type { Integrator } from '../merge/integrator.ts';
import { Pace, runSliced, type Sliced } from '../merge/pace.ts';
import type { ParkedOperations } from '../merge/parked.ts';
import type { AcceptOutcome, BatchId } from '../replica.ts';
import type { OwnNumbers } from '../own-numbers.ts';
import type { StampClock } from '../stamp-clock.ts';
import { waitingKey } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { emptyTail, judge, type JudgeContext, type Tail } from './judge.ts';
import { logEntry, type Logs } from './logs.ts';
import type { Sealer } from './sealer.ts';

export interface AcceptanceOptions {
  readonly device: DeviceId;
  readonly judging: JudgeContext;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly sealer: Sealer;
  readonly integrator: Integrator;
  readonly parked: ParkedOperations;
  readonly stamps: StampClock;
  readonly numbers: OwnNumbers;
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
}

/** Takes batches from peers: checks them, logs them, and has their operations brought into the tree. One call after the other. */
export class Acceptance {
  readonly #options: AcceptanceOptions;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
  }

  accept(batches: readonly Uint8Array[]): Promise<AcceptOutcome> {
    const outcome: Outcome = { accepted: 0, operations: 0, missing: false, refused: [] };
    return this.#enqueue(() => this.#accept(batches, outcome)).then(() => outcome);
  }

  /** Brings in the parked operations whose time has come. */
  acceptDue(): Promise<void> {
    return this.#enqueue(() => this.#integrateDue());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.parked.stop();
    await this.#running;
  }

  /** Brings in batches that are logged. Then they no longer wait. */
  *integrateLogged(logged: readonly Batch[]): Sliced<number> {
    const { integrator, parked, rows, stamps, numbers, device } = this.#options;
    const isAhead = ({ operation: { stamp } }: LoggedOperation) =>
      stamp.device !== device && parked.isAhead(stamp);
    const operations = logged.flatMap((batch) => batch.operations);
    const present = operations.filter((operation) => !isAhead(operation));
    for (const { operation } of present) stamps.observe(operation.stamp);
    numbers.skipUsed(highestCounter(present, device));
    parked.park(operations.filter(isAhead));
    const applied = yield* integrator.integrate(present);
    rows.transaction(() => {
      for (const { device, sequence } of logged) rows.remove(waitingKey(device, sequence));
    });
    return applied;
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
      const offered = decode(bytes, outcome);
      if (offered) {
        const device = offered.batch.device;
        offeredByDevice.set(device, [...(offeredByDevice.get(device) ?? []), offered]);
      }
      yield* pace.rest();
    }
    const logged: Batch[] = [];
    for (const [device, offered] of offeredByDevice) {
      offered.sort((a, b) => a.batch.sequence - b.batch.sequence);
      yield* this.#log(device, offered, logged, outcome, pace);
    }
    outcome.accepted = logged.length;
    if (logged.length > 0) outcome.operations = yield* this.integrateLogged(logged);
  }

  /** Appends to the device's log what continues it. */
  *#log(
    device: DeviceId,
    offered: readonly Offered[],
    logged: Batch[],
    outcome: Outcome,
    pace: Pace,
  ): Sliced<void> {
    let tail = this.#tailOf(device);
    let checked: Offered[] = [];
    for (const each of offered) {
      const judgement = judge(each.batch, each.bytes, tail, this.#judging(checked));
      if (judgement.kind === 'missing') outcome.missing = true;
      if (judgement.kind === 'refused') {
        const { sequence } = each.batch;
        outcome.refused.push({ id: { device, sequence }, reason: judgement.reason });
      }
      if (judgement.kind === 'new') {
        const refusal = this.#refusalOfOwn(device);
        if (refusal !== undefined) {
          outcome.refused.push(refusal);
          return;
        }
        checked.push(each);
        logged.push(each.batch);
        tail = judgement.tail;
      }
      if (!pace.due()) continue;
      this.#append(device, checked);
      checked = [];
      yield* pace.rest();
    }
    this.#append(device, checked);
  }

  /** A batch that is about to be logged counts as logged. */
  #judging(checked: readonly Offered[]): JudgeContext {
    const { judging } = this.#options;
    return {
      ...judging,
      logged: (device, sequence) =>
        checked.find(({ batch }) => batch.sequence === sequence)?.bytes ??
        judging.logged(device, sequence),
    };
  }

  #append(device: DeviceId, checked: readonly Offered[]): void {
    if (checked.length === 0) return;
    const { logs, sealer, batchLogged } = this.#options;
    logs.append(
      device,
      checked.map(({ batch, bytes }) => logEntry(batch, bytes)),
      true,
    );
    for (const { batch, bytes } of checked) {
      if (device === this.#options.device) sealer.restored(batch.sequence);
      batchLogged(bytes, { device, sequence: batch.sequence });
    }
  }

  /**
   * Peers give back what this device lost, when its home was restored from an older copy; but only as long as it has not gone on
   * from there.
   */
  #refusalOfOwn(device: DeviceId): { id: null; reason: string } | undefined {
    if (device !== this.#options.device || this.#options.sealer.unsealed === 0) return undefined;
    return { id: null, reason: 'this device has operations in place of those that it had lost' };
  }

  #tailOf(device: DeviceId): Tail {
    const { logs } = this.#options;
    const progress = logs.progressOf(device);
    if (!progress) return emptyTail;
    const { sequence, hash, lastStamp } = progress;
    return { sequence, hash, lastStamp, certificate: logs.certificateOf(device) };
  }

  *#integrateDue(): Sliced<void> {
    const { parked, integrator, stamps } = this.#options;
    const due = parked.due();
    for (const { operation } of due) stamps.observe(operation.stamp);
    yield* integrator.integrate(due);
    parked.release(due);
    parked.schedule();
  }
}

function decode(bytes: Uint8Array, outcome: Outcome): Offered | undefined {
  try {
    // A copy, since it outlives the message that it came in.
    const copy = Buffer.from(bytes);
    return { batch: decodeBatch(copy), bytes: copy };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    outcome.refused.push({ id: null, reason: `malformed: ${error.message}` });
    return undefined;
  }
}
