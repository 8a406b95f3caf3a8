import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DiskSite } from '../../../../src/storage/disk.ts';
import { DiskWithSite, HookedDisk } from '../../../support/hooked-disk.ts';
import { make, namesIn, testDevice, type TestHome, World } from '../../../support/replica-world.ts';
import { earlyLimits, problemsOf, settle, treeOf } from './checkpoint-world.ts';

const alice = testDevice(1, 'alice');

const sites: readonly DiskSite[] = [
  ...(['checkpoint.create', 'checkpoint.write', 'checkpoint.sync', 'checkpoint.rename'] as const),
  ...(['checkpoint.sync-directory', 'log.fold-write', 'log.fold-sync'] as const),
  'log.fold-rename',
];

test.each(sites)(
  'when %s fails while folding nothing is lost, then or after a crash',
  async (site) => {
    await using world = new World();
    const breaking = new DiskWithSite(site);
    const home = world.open(alice, { checkpointLimits: earlyLimits, disk: breaking });
    for (let round = 0; round < 4; round += 1) {
      breaking.isBroken = round >= 1;
      await work(world, home, round);
    }
    breaking.isBroken = false;
    expect(breaking.failures).toBeGreaterThan(0);
    expect(namesIn(home)).toHaveLength(4 * 10);
    const before = treeOf(home);
    const crashed = copyOf(world, home);
    await expectSame(world, crashed, before, true);
    await expectSame(world, copyOf(world, home), before, false);
    await work(world, home, 4);
    expect(problemsOf(home)).toEqual([]);
  },
);

test('whatever call of a folding is the last one before a crash, what was done is there afterwards', async () => {
  await using world = new World();
  const crashing = new HookedDisk();
  const home = world.open(alice, { checkpointLimits: earlyLimits, disk: crashing });
  await work(world, home, 0);
  await work(world, home, 1);
  const copies: { folder: string; tree: string[]; call: string }[] = [];
  crashing.before = (site) => {
    if (!site.startsWith('checkpoint.') && !site.startsWith('log.fold')) return;
    copies.push({ folder: copyOf(world, home), tree: treeOf(home), call: site });
  };
  await work(world, home, 2);
  await work(world, home, 3);
  crashing.before = () => undefined;
  expect(new Set(copies.map(({ call }) => call)).size).toBeGreaterThan(6);
  for (const { folder, tree } of copies) {
    await expectSame(world, folder, tree, true);
    await expectSame(world, folder, tree, false);
  }
});

/** Does something and lets time pass, so that some of it is folded. */
async function work(world: World, home: TestHome, round: number): Promise<void> {
  for (let index = 0; index < 10; index += 1) make(home, `file ${round} ${index}`);
  await home.replica.flush().catch(() => undefined);
  for (let look = 0; look < 3; look += 1) {
    world.clock.advance(earlyLimits.lookEveryMs);
    await settle([home]);
  }
}

/** Without the database when the machine went down with it. */
async function expectSame(
  world: World,
  folder: string,
  tree: readonly string[],
  clean: boolean,
): Promise<void> {
  if (!clean) rmSync(join(folder, 'database'), { recursive: true });
  const home = world.open(alice, { folder, clean, checkpointLimits: earlyLimits });
  expect(treeOf(home)).toEqual(tree);
  await settle([home]);
  expect(treeOf(home)).toEqual(tree);
  expect(problemsOf(home)).toEqual([]);
  await world.close(home);
}

function copyOf(world: World, home: TestHome): string {
  const folder = world.folder();
  cpSync(home.folder, folder, { recursive: true });
  return folder;
}
