import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { World } from '../../support/world/world.ts';
import { earlyLimits, minuteMs } from '../metadata/checkpoint/checkpoint-world.ts';

// Work that its author had no right to any more, when the others went on without him for so long that they folded what they knew.

const expiryMs = 120 * minuteMs;

test('an edit that is done again after the checkpoint of the others and refused then is kept', async () => {
  await using world = await openDoc();
  world.offline('bob');
  await world.peer('alice').chmod('doc', 0o644);
  await world.pass(1000);
  await world.peer('bob').write('doc', 'from bob');
  await foldWithoutBob(world);
  world.online('bob');
  await world.settle();
  await expectKept(world);
});

test('files in a folder that cannot be made again after the checkpoint of the others are kept', async () => {
  await using world = await openDoc();
  world.peer('alice').mkdir('d', 0o777);
  await world.settle();
  world.offline('bob');
  await world.peer('alice').chmod('d', 0o755);
  await world.pass(1000);
  world.peer('bob').mkdir('d/sub');
  await world.peer('bob').write('d/sub/one', '1');
  world.peer('bob').rename('d/sub/one', 'd/sub/two');
  await foldWithoutBob(world);
  world.online('bob');
  await world.settle();
  await world.settle();
  const bob = world.peer('bob');
  expect(bob.run.replica.checkpoints.status.belated).toBe(0);
  expect(readFileSync(join(bob.folder, 'rescued/files/d/sub/two'), 'utf8')).toBe('1');
});

test('an edit that the others folded as one without effect is kept when its author hears of it', async () => {
  await using world = await openDoc();
  world.partition([['alice'], ['bob', 'carol']]);
  await world.peer('alice').chmod('doc', 0o644);
  await world.pass(1000);
  await world.peer('bob').write('doc', 'from bob');
  await world.settle();
  world.partition([['alice', 'carol'], ['bob']]);
  await foldWithoutBob(world);
  world.heal();
  await world.settle();
  await expectKept(world);
});

async function openDoc(): Promise<World> {
  const world = new World(['alice', 'bob', 'carol'], {
    flavour: 'net',
    replica: { checkpointLimits: { ...earlyLimits, expiryMs, lookEveryMs: minuteMs } },
  });
  await world.peer('alice').write('doc', 'of alice', 0o666);
  await world.peer('alice').chmod('doc', 0o666);
  await world.settle();
  for (const name of ['bob', 'carol']) await world.peer(name).read('doc');
  return world;
}

async function foldWithoutBob(world: World): Promise<void> {
  await world.settle();
  await world.advance(expiryMs + 10 * minuteMs);
  for (let round = 0; round < 4; round += 1) {
    for (let index = 0; index < 10; index += 1) {
      await world.peer('alice').write(`busy ${index}`, `round ${round}`);
    }
    await world.advance(10 * minuteMs);
  }
  expect(world.peer('alice').run.replica.checkpoints.status.threshold).toBeGreaterThan(0);
}

async function expectKept(world: World): Promise<void> {
  const bob = world.peer('bob');
  expect(bob.run.replica.checkpoints.status.threshold).toBeGreaterThan(0);
  expect(await bob.read('doc')).toBe('of alice');
  await world.settle();
  expect(readFileSync(join(bob.folder, 'rescued/files/doc'), 'utf8')).toBe('from bob');
}
