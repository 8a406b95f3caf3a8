import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalOverlay, canonicalTree } from '../../../src/metadata/check/canonical-tree.ts';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { foldLogs, verifyLog } from '../../../src/metadata/check/verify-log.ts';
import { rootInode } from '../../../src/metadata/ids.ts';
import type { MergeLimits } from '../../../src/metadata/merge/limits.ts';
import type { Flavour } from '../../../src/metadata/operations/operation-kind.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { act, type Action, anyAction } from './random-actions.ts';
import { createdMs, make, testDevice, type TestHome, World } from '../../support/replica-world.ts';

// The invariant of the whole: the same operations make the same tree, whatever the order of arrival.

const devices = [1, 2, 3, 4, 5].map((device) =>
  testDevice(device, `user${(device + 1) % 3}`, 1000 + ((device + 1) % 3)),
);

/** Time flies while something works, so that everything that may be cut into slices is cut as small as can be. */
class HastyClock extends ManualClock {
  #monotonicMs = 0;

  override monotonicMs(): number {
    this.#monotonicMs += 5;
    return this.#monotonicMs;
  }
}

type Step =
  | { readonly kind: 'act'; readonly who: number; readonly action: Action }
  | { readonly kind: 'wait'; readonly who: number; readonly ms: number }
  | {
      readonly kind: 'deliver';
      readonly who: number;
      readonly to: number;
      readonly bytes: number;
      /** Performed by the receiver between the slices of the merge. */
      readonly meanwhile: readonly Action[];
    };

const anyPeer = fc.nat(devices.length - 1);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('act'), who: anyPeer, action: anyAction }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), who: anyPeer, ms: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant('deliver'), who: anyPeer, to: anyPeer },
      bytes: fc.constantFrom(1, 1000, Infinity),
      meanwhile: fc.array(anyAction, { maxLength: 3 }),
    }),
  },
);

interface Scenario {
  readonly flavour: Flavour;
  readonly peers: number;
  readonly limits: MergeLimits;
  readonly steps: readonly Step[];
  /** How the operations come to those who took no part. */
  readonly orders: readonly (readonly number[])[];
}

const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  flavour: fc.constantFrom('lan', 'net'),
  peers: fc.integer({ min: 2, max: devices.length }),
  // So small that merges of a few operations do what large ones do.
  limits: fc.record({
    rowsAtOnce: fc.constantFrom(1, 7, 1024),
    uses: fc.constantFrom(5, 1 << 22, 1 << 22),
  }),
  steps: fc.array(anyStep, { minLength: 5, maxLength: 60 }),
  orders: fc.array(fc.array(fc.nat(1000), { minLength: 10, maxLength: 10 }), {
    minLength: 2,
    maxLength: 2,
  }),
});

test('all peers have the tree that the operations make in the order of their stamps', async () => {
  let undone = 0;
  let late = 0;
  let replaced = 0;
  await fc.assert(
    fc.asyncProperty(anyScenario, async (scenario) => {
      await using world = new World();
      const homes = devices.slice(0, scenario.peers).map((who, index) =>
        // Clocks that disagree make late arrivals of what was done first.
        world.open(who, {
          flavour: scenario.flavour,
          clock: new HastyClock(createdMs + 1000 + index * 7),
          mergeLimits: scenario.limits,
        }),
      );
      await shareSomething(homes);
      for (const step of scenario.steps) await take(homes, step);
      for (const home of homes) for (const other of homes) await give(home, other, Infinity);
      for (const home of homes) for (const other of homes) await give(home, other, Infinity);
      const batches = batchesOf(homes);
      const spectators = scenario.orders.map(() =>
        world.open(testDevice(9), { flavour: scenario.flavour, mergeLimits: scenario.limits }),
      );
      for (const [index, order] of scenario.orders.entries()) {
        await deliverShuffled(batches, order, spectators[index] as TestHome);
      }
      const [first, ...rest] = [...homes, ...spectators] as [TestHome, ...TestHome[]];
      const expected = dumpOf(first);
      expect(dumpOfFold(first)).toEqual(expected);
      for (const home of rest) expect(dumpOf(home)).toEqual(expected);
      for (const home of [first, ...rest]) {
        expect(checkTree(home.replica)).toEqual([]);
        expect(verifyLog(home.replica)).toEqual([]);
        undone += home.replica.statistics.undone;
        late += home.replica.statistics.late;
        replaced += home.replica.statistics.replaced;
      }
    }),
    { numRuns: Number(process.env['PEERFUSE_RUNS'] ?? 200) },
  );
  // Otherwise the runs above did not test what they are for.
  expect(undone).toBeGreaterThan(0);
  expect(late).toBeGreaterThan(0);
  expect(replaced).toBeGreaterThan(0);
});

/** So that from the start there is something to collide on. */
async function shareSomething(homes: readonly TestHome[]): Promise<void> {
  const [first, ...others] = homes as [TestHome, ...TestHome[]];
  const { uid: owner } = first.who;
  const shared = { mode: 0o777, uid: owner, gid: owner };
  const outer = make(first, 'a', rootInode, { ...shared, type: 'directory' });
  make(first, 'b', outer, { ...shared, type: 'directory' });
  make(first, 'a', make(first, 'b', rootInode, { ...shared, type: 'directory' }), shared);
  for (const home of others) await give(first, home, Infinity);
}

async function take(homes: readonly TestHome[], step: Step): Promise<void> {
  const home = homes[step.who % homes.length] as TestHome;
  if (step.kind === 'act') act(home, step.action);
  if (step.kind === 'wait') (home.replica.parts.options.clock as ManualClock).advance(step.ms);
  if (step.kind === 'deliver') {
    await give(home, homes[step.to % homes.length] as TestHome, step.bytes, step.meanwhile);
  }
}

async function give(
  from: TestHome,
  to: TestHome,
  bytes: number,
  meanwhile: readonly Action[] = [],
): Promise<void> {
  if (from === to) return;
  await from.replica.flush();
  const missing = from.replica.batchesSince(to.replica.frontier(), bytes);
  const outcome = to.replica.accept(missing.map((batch) => batch.bytes));
  for (const action of meanwhile) {
    await new Promise((resolve) => setImmediate(resolve));
    act(to, action);
  }
  expect((await outcome).refused).toEqual([]);
}

function batchesOf(homes: readonly TestHome[]): Uint8Array[] {
  return homes.flatMap(({ replica, who }) =>
    replica
      .batchesSince(new Map(), Infinity)
      .filter(({ id }) => id.device === who.device)
      .map(({ bytes }) => bytes),
  );
}

/** In a random order, in groups of random size, some of it more than once, until all of it has arrived. */
async function deliverShuffled(
  batches: readonly Uint8Array[],
  order: readonly number[],
  { replica }: TestHome,
): Promise<void> {
  for (let round = 0; total(replica.frontier()) < batches.length; round += 1) {
    const shuffled = batches
      .map((bytes, index) => ({
        bytes,
        rank: ((order[index % 10] ?? 0) * (index + 7 + round)) % 101,
      }))
      .sort((a, b) => a.rank - b.rank);
    for (let at = 0; at < shuffled.length;) {
      const size = 1 + ((order[(at + round) % 10] ?? 0) % 5);
      const group = shuffled.slice(Math.max(0, at - 1), at + size);
      const { refused } = await replica.accept(group.map(({ bytes }) => bytes));
      expect(refused).toEqual([]);
      at += size;
    }
  }
}

function total(frontier: ReadonlyMap<number, number>): number {
  return [...frontier.values()].reduce((sum, sequence) => sum + sequence, 0);
}

function dumpOf({ replica }: TestHome): string[] {
  return [...canonicalTree(replica.parts.tree.rows)].map(({ key, value }) => line(key, value));
}

function dumpOfFold({ replica }: TestHome): string[] {
  return [...canonicalOverlay(foldLogs(replica))].map(({ key, value }) => line(key, value));
}

function line(key: string, value: Buffer): string {
  return `${Buffer.from(key, 'latin1').toString('hex')} ${value.toString('hex')}`;
}
