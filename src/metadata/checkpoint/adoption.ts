import { maximumDeviceId, type DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Disk } from '../../storage/disk.ts';
import { firstMillisOf, lastMillisAt } from '../log/log-view.ts';
import type { Logs } from '../log/logs.ts';
import type { Sealer } from '../log/sealer.ts';
import type { Integrator } from '../merge/integrator.ts';
import type { OwnRefusals } from '../merge/own-refusals.ts';
import { Pace, runSliced, type Sliced } from '../merge/pace.ts';
import type { Reseat } from '../merge/reseat.ts';
import type { StampedBody } from '../codec/batch.ts';
import type { OwnNumbers } from '../own-numbers.ts';
import type { StampClock } from '../stamp-clock.ts';
import type { Stamp } from '../stamp.ts';
import { formatKey } from '../tables/global-key.ts';
import type { Row, Rows } from '../tables/rows.ts';
import { type Base, deviceIn, readBase, seenAtBase, thresholdOf, writeBase } from './base.ts';
import type { Belated } from './belated.ts';
import { cutLogs, removeUndoRows } from './clean.ts';
import { rowsOfFile, verifyFile, type WholeCheckpoint } from './file-reader.ts';
import { nameDurably } from './file-writer.ts';
import type { CheckpointFolder } from './folder.ts';
import type { CheckpointDevice, CheckpointHeader } from './header.ts';
import { layRows } from './lay-rows.ts';
import { noteLost } from './lost-in-fold.ts';
import { keptCheckpoints } from './limits.ts';
import { textAfter } from './state-rows.ts';
import type { WrittenCheckpoint } from './write-checkpoint.ts';

export interface AdoptionOptions {
  readonly device: DeviceId;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly sealer: Sealer;
  readonly integrator: Integrator;
  readonly stamps: StampClock;
  readonly numbers: OwnNumbers;
  readonly belated: Belated;
  readonly refusals: OwnRefusals;
  readonly folder: CheckpointFolder;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly alone: (work: () => Sliced<void>) => Promise<void>;
  readonly isStopped: () => boolean;
}

/** Makes a checkpoint the beginning of everything here, and takes away what it makes superfluous. */
export class Adoption {
  readonly #options: AdoptionOptions;
  #base: Base | undefined;
  #needsCleaning = true;

  constructor(options: AdoptionOptions) {
    this.#options = options;
    this.#base = readBase(options.rows);
  }

  /** The checkpoint that everything here continues. */
  get base(): Base | undefined {
    return this.#base;
  }

  /** The tree at the threshold, as far as it does not follow from these rows; nothing before the first checkpoint. */
  *baseRows(): Generator<Row> {
    if (this.#base) yield* rowsOfFile(this.#options.folder.pathOf(this.#base.header.threshold));
  }

  /** Operations up to the threshold are in the checkpoint, or came too late for it. */
  isFolded(stamp: Stamp): boolean {
    return stamp.millis <= thresholdOf(this.#base);
  }

  /**
   * What was removed until then may be forgotten by a checkpoint of these members. All of them took part in the last one, and signed
   * that before the threshold: so none of them refers after it to what was removed before the last one.
   */
  forgetUntil(members: ReadonlySet<DeviceId>, threshold: number, forgetAfterMs: number): number {
    const { logs } = this.#options;
    const base = this.#base;
    if (!base) return 0;
    const isSafe = [...members].every((device) => {
      const before = deviceIn(base, device);
      if (!before?.isMember) return false;
      return (lastMillisAt(logs, device, before.known) ?? Infinity) <= threshold;
    });
    return isSafe ? Math.min(base.header.threshold, threshold - forgetAfterMs) : 0;
  }

  /** One that was written here from what is here. */
  async adopt({ path, header, hash, hasGarbage }: WrittenCheckpoint): Promise<void> {
    const { alone, logs } = this.#options;
    this.#name(path, header.threshold);
    await alone(() => {
      const came = header.devices.some(({ device, folded }) => {
        const known = logs.progressOf(device)?.sequence ?? 0;
        return known > folded && this.#isBelated(device, folded + 1, header.threshold);
      });
      const isNew = [...logs.frontier().keys()].some(
        (device) =>
          !deviceIn({ header, hash }, device) && this.#isBelated(device, 1, header.threshold),
      );
      return this.#switchTo({ header, hash }, hasGarbage || came || isNew);
    });
    await this.finishCleaning();
  }

  /** One that came from a peer. Resolves to what is wrong with it, as a clause. */
  async install(fetched: WholeCheckpoint): Promise<string | undefined> {
    const { header, hash } = fetched;
    const problem = this.#problemOf(header);
    if (problem !== undefined) return problem;
    this.#name(fetched.path, header.threshold);
    await this.#options.alone(() => this.#installOver({ header, hash }));
    await this.finishCleaning();
    return undefined;
  }

  /** Takes away what the checkpoint makes superfluous, or what was left when that was interrupted. */
  async finishCleaning(): Promise<void> {
    const { rows, logs, folder, clock, isStopped } = this.#options;
    const base = this.#base;
    if (!this.#needsCleaning || !base) return;
    const { threshold } = base.header;
    await this.#options.alone(() => removeUndoRows(rows, threshold, new Pace(clock)));
    folder.removeOld(keptCheckpoints);
    folder.removeUnfinished(threshold);
    const previous = folder.thresholds().find((each) => each < threshold);
    const whole =
      previous !== undefined &&
      (await runSliced(verifyFile(folder.pathOf(previous), new Pace(clock)), isStopped));
    if (whole) await cutLogs(logs, whole.header);
    if (!isStopped()) this.#needsCleaning = false;
  }

  /** At the start, after the tree was rebuilt on it. */
  begin(base: Base): void {
    const { rows } = this.#options;
    rows.transaction(() => this.#writeBase(base));
    this.#base = base;
    this.observe();
  }

  /** What is done here from now on is younger than what is folded. */
  observe(base = this.#base): void {
    const { stamps, numbers, device } = this.#options;
    if (!base) return;
    const millis = base.header.threshold;
    stamps.observe({ millis, counter: 65_535, device: maximumDeviceId as DeviceId });
    numbers.skipUsed(deviceIn(base, device)?.highestCounter ?? 0);
  }

  #name(path: string, threshold: number): void {
    nameDurably(this.#options.disk, path, this.#options.folder.pathOf(threshold));
  }

  #isBelated(device: DeviceId, sequence: number, threshold: number): boolean {
    return (firstMillisOf(this.#options.logs, device, sequence) ?? Infinity) <= threshold;
  }

  *#switchTo(base: Base, reseats: boolean): Sliced<void> {
    const { rows, belated, integrator, device, clock } = this.#options;
    const pace = new Pace(clock);
    const { threshold } = base.header;
    yield* belated.note(deviceIn(base, device)?.folded ?? 0, threshold, pace);
    if (reseats) yield* integrator.reseat(this.#reseatOn(base, pace));
    else rows.transaction(() => this.#writeBase(base));
    this.#base = base;
    this.#needsCleaning = true;
    this.observe();
  }

  #reseatOn(base: Base, pace: Pace): Reseat {
    const { belated, sealer, folder, device, refusals, rows: served } = this.#options;
    const { threshold } = base.header;
    const rows = rowsOfFile(folder.pathOf(threshold));
    let redone: StampedBody[] = [];
    return {
      *prepare(replacement) {
        yield* layRows(replacement, rows, pace);
        yield* noteLost(device, threshold, served, replacement.tree.rows, refusals, pace);
      },
      after: textAfter(threshold),
      atSwitch: (next) => {
        this.#writeBase(base);
        this.observe(base);
        redone = belated.redoIn(threshold, next);
      },
      afterSwitch: () => {
        this.#base = base;
        for (const operation of redone) sealer.add(operation);
      },
    };
  }

  /** Until the logs and the tree agree again, a start would rebuild the tree from the checkpoint, which has its name already. */
  *#installOver(base: Base): Sliced<void> {
    const { rows, logs, sealer, device: self } = this.#options;
    const format = rows.get(formatKey);
    rows.transaction(() => rows.remove(formatKey));
    const lacks = ({ device, end }: CheckpointDevice) =>
      end !== null && (logs.progressOf(device)?.sequence ?? 0) < end.sequence;
    const own = deviceIn(base, self);
    if (own?.end && lacks(own)) {
      // A home that was restored from an older copy: whatever is sealed from now on must continue what others know.
      logs.continueFrom(self, own.end);
      sealer.restored(own.end.sequence);
    }
    yield* this.#switchTo(base, true);
    for (const each of base.header.devices) {
      if (each.end && lacks(each)) logs.continueFrom(each.device, each.end);
      yield;
    }
    if (format) rows.transaction(() => rows.put(formatKey, format));
  }

  #writeBase(base: Base): void {
    const { rows, logs } = this.#options;
    writeBase(rows, base);
    for (const device of base.header.devices) {
      logs.raiseSeen(device.device, seenAtBase(base, device));
    }
  }

  #problemOf(header: CheckpointHeader): string | undefined {
    const { logs } = this.#options;
    if (header.threshold <= thresholdOf(this.#base)) return 'it is older than what is here';
    for (const { device, end } of header.devices) {
      const known = logs.progressOf(device)?.sequence ?? 0;
      if (!end || known < end.sequence) continue;
      const own = logs.endAt(device, end.sequence) ?? logs.beforeOf(device);
      if (own?.sequence === end.sequence && !own.hash.equals(end.hash)) {
        return `it continues another log of device ${device} than the one here`;
      }
    }
    return undefined;
  }
}
