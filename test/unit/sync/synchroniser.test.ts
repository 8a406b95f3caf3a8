import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SyncWorld } from '../../support/sync-world.ts';

test('what one peer does arrives at all that it reaches, at once and once', async () => {
  const world = new SyncWorld(4);
  connectAll(world, 4);
  await world.settle();
  const before = world.messages;
  world.work(0);
  await world.deliver(3);
  expect(world.peers.map(({ replica }) => replica.frontier().get(world.peer(0).device))).toEqual([
    1, 1, 1, 1,
  ]);
  expect(world.messages - before).toBe(3);
  await world.settle();
  expect(world.peers.map(({ replica }) => replica.repeated)).toEqual([0, 0, 0, 0]);
});

test('news crosses a chain of peers that do not know each other', async () => {
  const world = new SyncWorld(4);
  for (let index = 0; index < 3; index++) world.connect(index, index + 1);
  await world.settle();
  world.work(0);
  await world.deliver(3);
  expect(world.peer(3).replica.frontier().get(world.peer(0).device)).toBe(1);
});

test('a peer that was away gets everything, in messages of bounded size', async () => {
  const world = new SyncWorld(2);
  for (let count = 0; count < 100; count++) world.work(0);
  world.connect(0, 1);
  await world.settle();
  expect(world.peer(1).replica.frontier()).toEqual(world.peer(0).replica.frontier());
  expect(world.peer(1).replica.repeated).toBe(0);
  expect(world.messages).toBeGreaterThan(100 / 8);
});

test('operations are pending until another peer has said that it has them', async () => {
  const world = new SyncWorld(2);
  world.work(0);
  world.work(0);
  expect(world.peer(0).synchroniser.pendingOperations).toBe(2);
  world.connect(0, 1);
  await world.settle();
  expect(world.peer(0).synchroniser.pendingOperations).toBe(0);
  expect(world.peer(0).synchroniser.isSynced()).toBe(true);
  world.disconnect(0, 1);
  world.work(0);
  expect(world.peer(0).synchroniser.pendingOperations).toBe(1);
});

test('a message that is no message closes the link and harms nobody', async () => {
  const world = new SyncWorld(2);
  const reasons: string[] = [];
  const { synchroniser } = world.peer(0);
  const link = {
    peer: { device: world.peer(1).device },
    send() {},
    close: (reason: string) => void reasons.push(reason),
  } as never;
  synchroniser.opened(link);
  for (const type of [1, 2, 3, 4]) synchroniser.message(link, type, Buffer.from('ffff', 'hex'));
  expect(reasons).toHaveLength(4);
  expect(synchroniser.serve(link, Buffer.from('no'))).toEqual([]);
  expect(reasons).toHaveLength(5);
});

test('whatever links come and go, peers that are connected at the end have the same', async () => {
  const peers = 5;
  const pair = fc.tuple(fc.nat(peers - 1), fc.nat(peers - 1));
  const step = fc.oneof(
    fc.record({ kind: fc.constant('work' as const), peer: fc.nat(peers - 1) }),
    fc.record({ kind: fc.constant('connect' as const), pair }),
    fc.record({ kind: fc.constant('disconnect' as const), pair }),
    fc.record({ kind: fc.constant('deliver' as const), count: fc.nat(10) }),
    fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(100) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = new SyncWorld(peers);
      for (const step of steps) {
        if (step.kind === 'work') world.work(step.peer);
        if (step.kind === 'connect') world.connect(...step.pair);
        if (step.kind === 'disconnect') world.disconnect(...step.pair);
        if (step.kind === 'deliver') await world.deliver(step.count);
        if (step.kind === 'advance') world.clock.advance(step.ms);
      }
      for (let index = 1; index < peers; index++) world.connect(index - 1, index);
      await world.settle();
      const frontiers = world.peers.map(({ replica }) =>
        [...replica.frontier()].sort(([a], [b]) => a - b),
      );
      for (const frontier of frontiers) expect(frontier).toEqual(frontiers[0]);
    }),
    { numRuns: 150 },
  );
});

function connectAll(world: SyncWorld, count: number): void {
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) world.connect(a, b);
  }
}
