import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { writeFileAtomically } from '../storage/data-directory-write.ts';
import type { Disk } from '../storage/disk.ts';

export interface EraOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly cleanStart: boolean;
}

/** Rises with every start after a crash of the machine. A lost note of it counts as a crash; the time keeps it from repeating. */
export function currentEra({ directory, cleanStart, clock, disk }: EraOptions): number {
  const path = join(directory, 'era');
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const former = isThere ? Number.parseInt(readFileSync(path, 'latin1'), 10) || 0 : 0;
  if (cleanStart && former > 0) return former;
  const era = Math.max(former + 1, Math.floor(clock.nowMs() / 1000));
  writeFileAtomically(disk, 'content-era', path, `${era}\n`);
  return era;
}
