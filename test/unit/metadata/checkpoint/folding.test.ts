import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appliedRange } from '../../../../src/metadata/tables/global-key.ts';
import {
  exchange,
  make,
  makeDirectory,
  namesIn,
  testDevice,
  type TestHome,
  World,
} from '../../../support/replica-world.ts';
import {
  earlyLimits,
  foldTogether,
  problemsOf,
  settle,
  thresholdOf,
  treeOf,
} from './checkpoint-world.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');
const limits = { checkpointLimits: earlyLimits };

test('one device alone folds what it did, and goes on', async () => {
  await using world = new World();
  const home = world.open(alice, limits);
  const folder = makeDirectory(home, 'folder');
  for (let index = 0; index < 20; index += 1) make(home, `file ${index}`, folder);
  await home.replica.flush();
  world.clock.advance(5000);
  make(home, 'later');
  await foldAlone(world, home);
  expect(thresholdOf(home)).toBeGreaterThan(0);
  // The one that came later, and the one that asked for the checkpoint.
  expect(appliedRows(home)).toBe(2);
  expect(problemsOf(home)).toEqual([]);
  make(home, 'last', folder);
  expect(namesIn(home, folder)).toHaveLength(21);
});

test('two devices fold the same, once both have said that they know it', async () => {
  await using world = new World();
  const homes = [world.open(alice, limits), world.open(bob, limits)] as const;
  const [one, other] = homes;
  for (let index = 0; index < 10; index += 1) make(one, `of alice ${index}`);
  for (let index = 0; index < 10; index += 1) make(other, `of bob ${index}`);
  await exchange(one, other);
  expect(thresholdOf(one)).toBeNull();
  await foldTogether(world, homes);
  expect(thresholdOf(one)).not.toBeNull();
  expect(thresholdOf(other)).toBe(thresholdOf(one));
  expect(treeOf(one)).toEqual(treeOf(other));
  for (const home of homes) expect(problemsOf(home)).toEqual([]);
});

test('what was folded twice is taken out of the logs, and the tree is rebuilt from the checkpoint and the rest', async () => {
  await using world = new World();
  let home = world.open(alice, limits);
  const sizes: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    for (let index = 0; index < 50; index += 1) make(home, `file ${round} ${index}`);
    await home.replica.flush();
    world.clock.advance(70_000);
    make(home, `after ${round}`);
    await foldAlone(world, home);
    sizes.push(statSync(join(home.logDirectory, '1.log')).size);
  }
  expect(Math.max(...sizes.slice(2))).toBeLessThan(3 * (sizes[0] ?? 0));
  const before = treeOf(home);
  await world.close(home);
  home = world.open(alice, { ...limits, folder: home.folder });
  expect(treeOf(home)).toEqual(before);
  await world.close(home);
  rmSync(join(home.folder, 'database'), { recursive: true });
  home = world.open(alice, { ...limits, folder: home.folder, clean: false });
  expect(treeOf(home)).toEqual(before);
  expect(problemsOf(home)).toEqual([]);
  const inode = make(home, 'new number');
  expect(home.replica.node(inode)).toBeDefined();
});

/** It looks for what can be folded from time to time. */
async function foldAlone(world: World, home: TestHome): Promise<void> {
  await home.replica.flush();
  for (let look = 0; look < 3; look += 1) {
    await settle([home]);
    world.clock.advance(earlyLimits.lookEveryMs);
  }
  await settle([home]);
}

function appliedRows({ replica }: TestHome): number {
  return [...replica.parts.tree.rows.all(appliedRange)].length;
}
