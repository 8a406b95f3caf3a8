import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DeviceId } from '../../../../src/identity/ids.ts';
import { removeUndoRows } from '../../../../src/metadata/checkpoint/clean.ts';
import { Snapshot } from '../../../../src/metadata/checkpoint/snapshot.ts';
import { writeCheckpoint } from '../../../../src/metadata/checkpoint/write-checkpoint.ts';
import { Pace } from '../../../../src/metadata/merge/pace.ts';
import { openTable } from '../../../../src/storage/database.ts';
import { realDisk } from '../../../../src/storage/disk.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import {
  createdMs,
  make,
  makeDirectory,
  networkId,
  temporaryFolder,
  testDevice,
  type TestHome,
  World,
} from '../../../support/replica-world.ts';

// However much is folded, others may run all the while.

/** Every look at it is five milliseconds later, so that everything that may be cut into slices is. */
class HastyClock extends ManualClock {
  #monotonicMs = 0;

  override monotonicMs(): number {
    this.#monotonicMs += 5;
    return this.#monotonicMs;
  }
}

const files = 300;

test('writing a checkpoint rests often although nothing of what is younger gets into it', async () => {
  await using world = new World();
  const home = await fullFolder(world);
  const snapshot = new Snapshot(openTable(home.replica.parts.options.database, 'metadata'));
  const { logs } = home.replica.parts;
  const device = 1 as DeviceId;
  const known = logs.progressOf(device)?.sequence ?? 0;
  const facts = {
    ...{ network: networkId, threshold: createdMs, members: new Set([device]), base: undefined },
    devices: [{ device, known, folded: 0 }],
  };
  const steps = writeCheckpoint({
    ...{ snapshot, facts, logs, disk: realDisk, pace: new Pace(new HastyClock(createdMs)) },
    ...{ path: join(temporaryFolder(), 'checkpoint'), forgetUntilMs: 0 },
  });
  let rests = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) rests += 1;
  await step.value.finish();
  snapshot.close();
  // Node, entry and change of each file: looked for once, left out twice.
  expect(rests).toBeGreaterThan(files * 6);
});

test('taking away what is folded rests often although all was done in one folder', async () => {
  await using world = new World();
  const home = await fullFolder(world);
  const { rows } = home.replica.parts.tree;
  const pace = new Pace(new HastyClock(createdMs));
  const steps = [...removeUndoRows(rows, createdMs + 1_000_000_000, pace)];
  // Changes of the folder, a hundred and twenty-eight at a time, and the operations themselves.
  expect(steps.length).toBeGreaterThan((files / 128) * 2);
});

async function fullFolder(world: World): Promise<TestHome> {
  const home = world.open(testDevice(1, 'alice'));
  const folder = makeDirectory(home, 'folder');
  for (let index = 0; index < files; index += 1) make(home, `file ${index}`, folder);
  await home.replica.flush();
  return home;
}
