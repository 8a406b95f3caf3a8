import type { Disk } from '../../storage/disk.ts';
import type { Logs } from '../log/logs.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import { CheckpointWriter } from './file-writer.ts';
import { Garbage } from './garbage.ts';
import type { CheckpointHeader } from './header.ts';
import { type HeaderFacts, makeHeader } from './make-header.ts';
import type { Snapshot } from './snapshot.ts';
import { stateRows, type Undone, undoneSince } from './state-rows.ts';

/** A checkpoint's file that is on the disk, under a temporary name. */
export interface WrittenCheckpoint {
  readonly path: string;
  readonly header: CheckpointHeader;
  readonly hash: Buffer;
  readonly bytes: number;
  /** Something that is in the tree was left out. */
  readonly hasGarbage: boolean;
}

export interface WritingOptions {
  readonly snapshot: Snapshot;
  readonly facts: Omit<HeaderFacts, 'highestCounterOf'>;
  /** What was removed until then is left out. */
  readonly forgetUntilMs: number;
  readonly path: string;
  readonly logs: Logs;
  readonly disk: Disk;
  readonly pace: Pace;
}

/** Writes the tree as it was at the threshold. The result's `finish` brings it to the disk. */
export function* writeCheckpoint(
  options: WritingOptions,
): Sliced<{ finish: () => Promise<WrittenCheckpoint> }> {
  const { snapshot, facts, path, logs, disk, pace } = options;
  const undone = yield* paced(undoneSince(snapshot, facts.threshold), pace);
  const garbage = yield* findGarbage(snapshot, undone, options.forgetUntilMs, pace);
  const highestCounterOf: HeaderFacts['highestCounterOf'] = (device) =>
    garbage.highestCounterOf(device);
  const header = yield* makeHeader({ ...facts, highestCounterOf }, logs, pace);
  const writer = new CheckpointWriter(path, header, disk);
  let isWhole = false;
  try {
    for (const row of stateRows(snapshot, undone)) {
      if (row && !garbage.isGarbage(row)) writer.row(row);
      yield* pace.rest();
    }
    isWhole = true;
  } finally {
    // It failed, or was cut short.
    if (!isWhole) writer.abandon();
  }
  const finish = async () => {
    const hash = await writer.finish();
    return { path, header, hash, bytes: writer.bytes, hasGarbage: garbage.size > 0 };
  };
  return { finish };
}

function* findGarbage(
  snapshot: Snapshot,
  undone: Undone,
  untilMs: number,
  pace: Pace,
): Sliced<Garbage> {
  const garbage = new Garbage(untilMs);
  for (const row of stateRows(snapshot, undone)) {
    if (row) garbage.consider(row);
    yield* pace.rest();
  }
  if (garbage.size === 0) return garbage;
  for (const row of stateRows(snapshot, undone)) {
    if (row) garbage.keepReferred(row);
    yield* pace.rest();
  }
  return garbage;
}

/** Rests between the steps of another generator when it is time. */
function* paced<T>(steps: Generator<void, T>, pace: Pace): Sliced<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield* pace.rest();
  }
}
