import { expect, test } from 'vitest';
import { checkTree } from '../../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../../src/metadata/check/verify-log.ts';
import { type Disk, type DiskSite, realDisk } from '../../../../src/storage/disk.ts';
import { DiskWithSite } from '../../../support/hooked-disk.ts';
import { sameTrees } from '../../../support/world/same-trees.ts';
import { World } from '../../../support/world/world.ts';
import { earlyLimits, minuteMs } from './checkpoint-world.ts';

// A peer that lacks what the others folded takes their checkpoint: what if they tell different ones, or it dies meanwhile?

test('of two peers that offer different checkpoints of one time neither is believed, and the peer says so', async () => {
  await using world = await foldedWorld();
  const { sharing } = world.peer('bob').run.replica.parts;
  const offer = sharing.offer.bind(sharing);
  sharing.offer = () => {
    const right = offer();
    return right && { ...right, hash: Buffer.alloc(32, 7) };
  };
  world.offline('bob');
  world.add('carol');
  world.offline('carol');
  world.online('bob', 'carol');
  const carol = world.peer('carol');
  // Both offers come before she could have taken one of them.
  while (carol.run.synchroniser.checkpointProblem === undefined) {
    if (!world.wires.deliverNext()) await world.few(1);
  }
  expect(carol.run.synchroniser.checkpointProblem).toContain('different checkpoints');
  sharing.offer = offer;
  world.offline('bob');
  await world.settle();
  expect(carol.run.synchroniser.checkpointProblem).toBeUndefined();
  expect(await carol.read('/busy/file 1')).toBe('round 4');
});

test('a checkpoint that is not what it was offered as is refused, and another peer gives it', async () => {
  await using world = await foldedWorld();
  const { sharing } = world.peer('bob').run.replica.parts;
  const part = sharing.part.bind(sharing);
  sharing.part = (...of) => {
    const bytes = part(...of);
    const damaged = bytes && Buffer.from(bytes);
    if (damaged) damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    return damaged;
  };
  world.partition([['alice'], ['bob', 'dave']]);
  world.add('dave');
  await world.settle();
  const dave = world.peer('dave');
  expect(dave.run.synchroniser.checkpointProblem).toContain('its bytes do not have its hash');
  expect(dave.run.replica.checkpoints.status.threshold).toBeNull();
  world.heal();
  await world.settle();
  expect(dave.run.synchroniser.checkpointProblem).toBeUndefined();
  expect(await dave.read('/busy/file 1')).toBe('round 4');
});

const sites: readonly DiskSite[] = [
  ...(['checkpoint.fetch', 'checkpoint.rename', 'checkpoint.sync-directory'] as const),
  ...(['log.create', 'log.append', 'log.open', 'database.commit'] as const),
];

test.each(sites)(
  'a crash at any call of %s while a checkpoint is taken loses nothing',
  async (site) => {
    const disk = new DiskWithSite(site);
    await using world = await foldedWorld(disk);
    const carol = world.add('carol');
    const homes: string[] = [];
    // Of what is called often, some are looked at.
    const every = site === 'database.commit' ? 7 : 1;
    disk.beforeCall = (call) => {
      if (call % every === 0 && homes.length < 6) homes.push(carol.copyOfHome());
    };
    await carol.write('/of carol', 'hers');
    await world.settle();
    disk.beforeCall = () => undefined;
    expect(homes.length).toBeGreaterThan(0);
    for (const home of homes) {
      await world.crash('carol', { home });
      await world.settle();
      await expectWhole(world);
    }
  },
);

async function foldedWorld(disk: Disk = realDisk): Promise<World> {
  const world = new World(['alice', 'bob'], {
    replica: { checkpointLimits: { ...earlyLimits, lookEveryMs: minuteMs } },
    disk: (name) => (name === 'carol' ? disk : realDisk),
  });
  world.peer('alice').mkdir('/busy');
  for (let round = 0; round < 5; round += 1) {
    for (let index = 0; index < 10; index += 1) {
      await world.peer('alice').write(`/busy/file ${index}`, `round ${round}`);
    }
    await world.advance(5 * minuteMs);
  }
  await world.settle();
  for (let index = 0; index < 10; index += 1) await world.peer('bob').read(`/busy/file ${index}`);
  expect(world.peer('bob').run.replica.checkpoints.status.threshold).toBeGreaterThan(0);
  return world;
}

async function expectWhole(world: World): Promise<void> {
  const { run } = world.peer('carol');
  expect(run.replica.checkpoints.status.threshold).toBeGreaterThan(0);
  expect(run.synchroniser.checkpointProblem).toBeUndefined();
  await sameTrees(world);
  expect(checkTree(run.replica)).toEqual([]);
  expect(verifyLog(run.replica)).toEqual([]);
}
