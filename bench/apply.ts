import { rootInode, type InodeId } from '../src/metadata/ids.ts';
import { nameFromText, type Name } from '../src/metadata/name.ts';
import { systemClock } from '../src/platform/clock.ts';
import {
  make,
  makeDirectory,
  namesIn,
  testDevice,
  type TestHome,
  World,
} from '../test/support/replica-world.ts';
import { percentile } from './percentile.ts';
import type { Row } from './row.ts';

const count = 20_000;
const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');

/** How fast the tree takes operations, and answers. */
export async function applyingOperations(): Promise<Row[]> {
  return [
    ...(await local()),
    ...(await looking()),
    ...(await inOrder()),
    ...(await late('commuting', 'late, commuting', (home) => makeDirectory(home, 'elsewhere'))),
    ...(await late('colliding', 'late, one of them colliding', () => rootInode)),
  ];
}

async function local(): Promise<Row[]> {
  await using world = new World();
  const home = open(world, alice);
  const perSecond = await createMany(home, makeDirectory(home, 'directory'));
  return [{ question: 'create through perform, sealed and flushed', value: perSecond, unit: '/s' }];
}

async function looking(): Promise<Row[]> {
  await using world = new World();
  const home = open(world, alice);
  const directory = makeDirectory(home, 'directory');
  await createMany(home, directory);
  const entries = [...home.replica.entriesAfter(directory, 2)];
  const tree = home.replica.parts.tree;
  const rows: Row[] = [];
  for (const state of ['uncached', 'cached'] as const) {
    if (state === 'uncached') tree.forgetAll();
    const nodeNs = nanosecondsOf(entries, ({ inode }) => home.replica.node(inode));
    const entryNs = nanosecondsOf(entries, ({ name }) => home.replica.entry(directory, name));
    rows.push({ question: `node(), ${state}`, value: nodeNs, unit: 'ns' });
    rows.push({ question: `entry(), ${state}`, value: entryNs, unit: 'ns' });
  }
  const absent = entries.map(({ name }) => `${name}-` as Name);
  const absentNs = nanosecondsOf(absent, (name) => home.replica.entry(directory, name));
  rows.push({ question: 'entry() of a name that is not there', value: absentNs, unit: 'ns' });
  return rows;
}

async function inOrder(): Promise<Row[]> {
  await using world = new World();
  const from = open(world, alice);
  await createMany(from, makeDirectory(from, 'directory'));
  const { perSecond, longestStallMs } = await deliverAll(from, open(world, bob));
  return [
    { question: 'accept in order', value: perSecond, unit: '/s' },
    { question: 'accept in order: longest stall', value: longestStallMs, unit: 'ms' },
  ];
}

/** Bob did as much as Alice, after her, before he hears of what she did. */
async function late(
  name: string,
  question: string,
  directoryOfBob: (home: TestHome) => InodeId,
): Promise<Row[]> {
  await using world = new World();
  const from = open(world, alice);
  await createMany(from, makeDirectory(from, name));
  make(from, name === 'colliding' ? '0' : 'nothing of the kind');
  await from.replica.flush();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const to = open(world, bob);
  await createMany(to, directoryOfBob(to));
  const { perSecond, longestStallMs } = await deliverAll(from, to);
  const { undone } = to.replica.statistics;
  return [
    { question: `accept ${question}`, value: perSecond, unit: '/s' },
    { question: `accept ${question}: operations undone`, value: undone, unit: '' },
    { question: `accept ${question}: longest stall`, value: longestStallMs, unit: 'ms' },
  ];
}

function open(world: World, who: typeof alice): TestHome {
  return world.open(who, { clock: systemClock });
}

async function createMany(home: TestHome, parent: InodeId): Promise<number> {
  const acting = { uid: home.who.uid, gids: [home.who.uid] };
  const names = Array.from({ length: count }, (_, index) => nameFromText(`${index}`));
  const startMs = performance.now();
  for (const [index, name] of names.entries()) {
    home.replica.perform(acting, {
      ...{ kind: 'create', inode: home.replica.newInode(), parent, name, type: 'file' },
      ...{ mode: 0o644, uid: acting.uid, gid: acting.uid, rdev: 0, target: '' },
    });
    // As requests of the kernel would, let timers and completions run now and then.
    if (index % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
  }
  await home.replica.flush();
  return perSecondSince(startMs, count);
}

async function deliverAll(
  from: TestHome,
  to: TestHome,
): Promise<{ perSecond: number; longestStallMs: number }> {
  const batches = from.replica.batchesSince(to.replica.frontier(), Infinity);
  const stalls = watchStalls();
  const startMs = performance.now();
  const { operations } = await to.replica.accept(batches.map(({ bytes }) => bytes));
  const perSecond = perSecondSince(startMs, operations);
  if (namesIn(to).length === 0) throw new Error('nothing arrived');
  return { perSecond, longestStallMs: stalls() };
}

/** How long the event loop was held, until the returned function is called. */
function watchStalls(): () => number {
  let last = performance.now();
  let running = true;
  const gaps: number[] = [];
  const look = () => {
    gaps.push(performance.now() - last);
    last = performance.now();
    if (running) setImmediate(look);
  };
  look();
  return () => {
    running = false;
    return percentile(gaps, 1);
  };
}

function nanosecondsOf<T>(values: readonly T[], look: (value: T) => unknown): number {
  const startMs = performance.now();
  for (const value of values) look(value);
  return ((performance.now() - startMs) * 1e6) / values.length;
}

function perSecondSince(startMs: number, operations: number): number {
  return operations / ((performance.now() - startMs) / 1000);
}

if (import.meta.main) console.table(await applyingOperations());
