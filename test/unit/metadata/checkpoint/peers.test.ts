import { expect, test } from 'vitest';
import type { DeviceId } from '../../../../src/identity/ids.ts';
import { checkTree } from '../../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../../src/metadata/check/verify-log.ts';
import type { CheckpointLimits } from '../../../../src/metadata/checkpoint/limits.ts';
import { sameTrees } from '../../../support/world/same-trees.ts';
import { World } from '../../../support/world/world.ts';
import { earlyLimits, minuteMs } from './checkpoint-world.ts';

const hourMs = 60 * minuteMs;

/** Whoever is away for so long is not waited for. */
const expiryMs = 2 * hourMs;

function worldOf(
  names: readonly string[],
  limits: Partial<CheckpointLimits> = {},
  givenUp: readonly DeviceId[] = [],
): World {
  const checkpointLimits = { ...earlyLimits, expiryMs, lookEveryMs: minuteMs, ...limits };
  return new World(names, { replica: { checkpointLimits, givenUp } });
}

/** Somebody works, everybody acknowledges, and what all know is folded. */
async function busyTime(world: World, who: string, round: number): Promise<void> {
  const peer = world.peer(who);
  if (round === 0) peer.mkdir('/busy');
  for (let index = 0; index < 10; index += 1) {
    await peer.write(`/busy/file ${index}`, `round ${round}`);
  }
  await world.advance(5 * minuteMs);
}

function thresholdOf(world: World, name: string): number | null {
  return world.peer(name).run.replica.checkpoints.status.threshold;
}

async function expectAgreement(world: World): Promise<void> {
  await world.settle();
  await sameTrees(world);
  for (const { run } of world.peers) {
    expect(checkTree(run.replica)).toEqual([]);
    expect(verifyLog(run.replica)).toEqual([]);
    expect(run.replica.checkpoints.status.problem).toBeNull();
  }
}

test('a network that is used folds again and again, and its logs stay short', async () => {
  await using world = worldOf(['alice', 'bob', 'carol']);
  for (let round = 0; round < 6; round += 1) await busyTime(world, 'bob', round);
  const thresholds = world.peers.map(({ name }) => thresholdOf(world, name));
  expect(new Set(thresholds).size).toBe(1);
  expect(thresholds[0]).toBeGreaterThan(0);
  const { logs } = world.peer('alice').run.replica.parts;
  expect(logs.beforeOf(world.peer('bob').who.device)?.operations).toBeGreaterThan(10);
  await expectAgreement(world);
});

test('a new peer gets the checkpoint and what came after it', async () => {
  await using world = worldOf(['alice', 'bob']);
  for (let round = 0; round < 5; round += 1) await busyTime(world, 'alice', round);
  await world.peer('bob').write('/after', 'the last checkpoint');
  world.add('carol');
  await world.advance(minuteMs);
  expect(await world.peer('carol').read('/busy/file 3')).toBe('round 4');
  expect(await world.peer('carol').read('/after')).toBe('the last checkpoint');
  await world.peer('carol').write('/hello', 'from carol');
  for (let round = 5; round < 8; round += 1) await busyTime(world, 'carol', round);
  await expectAgreement(world);
  expect(thresholdOf(world, 'carol')).toBe(thresholdOf(world, 'alice'));
});

test('what a new peer did before it met anybody is kept', async () => {
  await using world = worldOf(['alice', 'bob']);
  for (let round = 0; round < 3; round += 1) await busyTime(world, 'alice', round);
  world.add('carol');
  world.offline('carol');
  const carol = world.peer('carol');
  carol.mkdir('/mine');
  await carol.write('/mine/draft', 'done alone');
  for (let round = 3; round < 6; round += 1) await busyTime(world, 'alice', round);
  world.online('carol');
  await world.advance(5 * minuteMs);
  expect(await world.peer('alice').read('/mine/draft')).toBe('done alone');
  expect(await world.peer('carol').read('/busy/file 1')).toBe('round 5');
  await expectAgreement(world);
});

test('who comes back after its expiry keeps all that it did, and sees what the others did', async () => {
  await using world = worldOf(['alice', 'bob', 'carol']);
  const carol = world.peer('carol');
  await world.peer('alice').write('/shared', 'first');
  await world.peer('alice').write('/renamed by carol', 'same');
  await world.peer('alice').write('/removed by alice', 'old');
  await busyTime(world, 'alice', 0);
  world.offline('carol');
  await carol.write('/shared', 'edited by carol');
  carol.rename('/renamed by carol', '/new name');
  await carol.chmod('/busy/file 1', 0o600);
  await carol.write('/removed by alice', 'needed still');
  carol.mkdir('/trip');
  await carol.write('/trip/diary', 'day one');
  await carol.append('/trip/diary', ', day two');
  await world.peer('bob').write('/shared', 'edited by bob');
  world.peer('alice').unlink('/removed by alice');
  for (let round = 1; round < 4; round += 1) {
    await world.advance(hourMs);
    await busyTime(world, 'alice', round);
    await busyTime(world, 'bob', round);
  }
  expect(thresholdOf(world, 'alice')).toBeGreaterThan(world.nowMs - hourMs);
  world.online('carol');
  await world.advance(5 * minuteMs);
  const alice = world.peer('alice');
  expect(await alice.read('/trip/diary')).toBe('day one, day two');
  expect(await alice.read('/removed by alice')).toBe('needed still');
  expect(await alice.read('/new name')).toBe('same');
  expect(alice.stat('/busy/file 1').mode & 0o777).toBe(0o600);
  const shared = alice.list().filter((name) => name.startsWith('shared'));
  const versions = await Promise.all(shared.map((name) => alice.read(`/${name}`)));
  expect(versions.sort()).toEqual(['edited by bob', 'edited by carol']);
  await expectAgreement(world);
  expect(carol.run.replica.checkpoints.status.belated).toBe(0);
});

test('one of two that is not the first does not fold alone, however long the other is away', async () => {
  await using world = worldOf(['alice', 'bob']);
  for (let round = 0; round < 3; round += 1) await busyTime(world, 'bob', round);
  const folded = thresholdOf(world, 'bob');
  expect(folded).not.toBeNull();
  world.offline('alice');
  await world.advance(3 * hourMs);
  for (let round = 3; round < 6; round += 1) await busyTime(world, 'bob', round);
  expect(thresholdOf(world, 'bob')).toBe(folded);
  const { waitsFor, absent } = world.peer('bob').run.replica.checkpoints.status;
  expect(waitsFor).toMatch(/more devices/);
  expect(absent).toEqual([world.peer('alice').who.device]);
  world.online('alice');
  await world.advance(10 * minuteMs);
  await expectAgreement(world);
});

test('one of two folds alone when its user said that the other will not come back, who is welcome all the same', async () => {
  await using world = worldOf(['alice', 'bob'], {}, [1 as DeviceId]);
  for (let round = 0; round < 3; round += 1) await busyTime(world, 'bob', round);
  const folded = thresholdOf(world, 'bob') ?? 0;
  world.offline('alice');
  await world.peer('alice').write('/of alice', 'made while away');
  await world.advance(3 * hourMs);
  for (let round = 3; round < 6; round += 1) await busyTime(world, 'bob', round);
  expect(thresholdOf(world, 'bob')).toBeGreaterThan(folded);
  expect(world.peer('bob').run.replica.checkpoints.status.absent).toEqual([]);
  world.online('alice');
  await world.advance(10 * minuteMs);
  await expectAgreement(world);
  expect(await world.peer('bob').read('/of alice')).toBe('made while away');
});

test('a folding that restarts and crashes interrupt goes on', async () => {
  await using world = worldOf(['alice', 'bob']);
  for (let round = 0; round < 6; round += 1) {
    await busyTime(world, round % 2 === 0 ? 'alice' : 'bob', round);
    if (round % 2 === 0) await world.crash('alice');
    else await world.restart('bob');
  }
  await world.advance(10 * minuteMs);
  expect(thresholdOf(world, 'alice')).not.toBeNull();
  await expectAgreement(world);
});
