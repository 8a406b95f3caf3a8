import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Pace, runWhole } from '../merge/pace.ts';
import type { Clock } from '../../platform/clock.ts';
import { writeFileAtomically } from '../../storage/data-directory-write.ts';
import type { Disk } from '../../storage/disk.ts';
import { verifyFile, type WholeCheckpoint } from './file-reader.ts';

/** Where a peer keeps its checkpoints: `THRESHOLD.checkpoint`. Everything else there is the beginning of one. */
export class CheckpointFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  pathOf(threshold: number): string {
    return join(this.directory, `${threshold}.checkpoint`);
  }

  /** While this peer writes it. */
  writingPath(threshold: number): string {
    return join(this.directory, `${threshold}.new`);
  }

  /** While it comes from a peer. */
  fetchingPath(threshold: number, hash: Uint8Array): string {
    return join(this.directory, `${threshold}-${Buffer.from(hash).toString('hex')}.part`);
  }

  /** From the newest. */
  thresholds(): number[] {
    return readdirSync(this.directory)
      .flatMap((name) => /^(\d{1,15})\.checkpoint$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  /** Whole ones, from the newest. Reads each to its end. */
  *wholeOnes(clock: Clock): Generator<WholeCheckpoint> {
    for (const threshold of this.thresholds()) {
      const found = runWhole(verifyFile(this.pathOf(threshold), new Pace(clock)));
      if (found?.header.threshold === threshold) yield found;
    }
  }

  /** Whatever this device did too late for this checkpoint has been done again, and is in its log. */
  noteRedone(threshold: number, disk: Disk): void {
    const path = this.#redonePath(threshold);
    writeFileAtomically(disk, 'checkpoint-redone', path, '');
  }

  wasRedone(threshold: number): boolean {
    return existsSync(this.#redonePath(threshold));
  }

  #redonePath(threshold: number): string {
    return join(this.directory, `${threshold}.redone`);
  }

  /** Leaves the `kept` newest. */
  removeOld(kept: number): void {
    for (const old of this.thresholds().slice(kept)) {
      rmSync(this.pathOf(old), { force: true });
      rmSync(this.#redonePath(old), { force: true });
    }
  }

  /** What was being written or fetched before `threshold` is of no use any more. */
  removeUnfinished(threshold: number): void {
    for (const name of readdirSync(this.directory)) {
      const of = /^(\d{1,15})(?:\.new|-[0-9a-f]{64}\.part)$/.exec(name)?.[1];
      if (of !== undefined && Number(of) <= threshold) {
        rmSync(join(this.directory, name), { force: true });
      }
    }
  }
}
