import { cpSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalTree } from '../../../src/metadata/check/canonical-tree.ts';
import { checkReplica } from '../../../src/metadata/check/check-replica.ts';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../src/metadata/check/verify-log.ts';
import { type InodeId, rootInode } from '../../../src/metadata/ids.ts';
import type { MergeLimits } from '../../../src/metadata/merge/limits.ts';
import { nameFromText, type Name } from '../../../src/metadata/name.ts';
import type { Node } from '../../../src/metadata/node.ts';
import { entryKey } from '../../../src/metadata/state/tree-key.ts';
import type { TreeChange } from '../../../src/metadata/tree-change.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import {
  createdMs,
  deliver,
  exchange,
  make,
  makeDirectory,
  must,
  namesIn,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';
import { act, anyAction } from './random-actions.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');

/** A merge of a few operations does then what a large one does: it writes the new tree in many pieces beside the old one. */
const tiny: MergeLimits = { rowsAtOnce: 8, uses: 1 << 22 };

const unchanged = { mode: null, uid: null, gid: null, atime: null, mtime: null };

/** Every look at it is five milliseconds later, so that everything that may be cut into slices is. */
class HastyClock extends ManualClock {
  #monotonicMs = 0;

  override monotonicMs(): number {
    this.#monotonicMs += 5;
    return this.#monotonicMs;
  }
}

interface Apart {
  readonly older: TestHome;
  readonly younger: TestHome;
}

/** Both made a directory of one name and things in it; what the older made will come late, and all of the younger's collides. */
async function apart(world: World, files: number, limits = tiny): Promise<Apart> {
  const clock = new HastyClock(createdMs + 1000);
  const older = world.open(alice, { clock, mergeLimits: limits });
  const younger = world.open(bob, { clock, mergeLimits: limits });
  make(older, 'shared before');
  await exchange(older, younger);
  clock.advance(10);
  const photosOfOlder = makeDirectory(older, 'photos');
  for (let index = 0; index < files; index += 1) make(older, `a${index}`, photosOfOlder);
  clock.advance(10);
  const photos = makeDirectory(younger, 'photos');
  for (let index = 0; index < files; index += 1) make(younger, `b${index}`, photos);
  clock.advance(10);
  return { older, younger };
}

test('the old tree is served whole until the merged one is there', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 40);
  const before = dumpOf(younger);
  const merge = deliver(older, younger);
  const seen: string[][] = [];
  await between(merge, () => {
    const names = namesIn(younger, photosOf(younger));
    if (seen.at(-1)?.join() !== names.join()) seen.push(names);
    if (names.length === 40) expect(dumpOf(younger)).toEqual(before);
    expect(checkTree(younger.replica)).toEqual([]);
  });
  await merge;
  expect(younger.replica.statistics).toMatchObject({ undone: 41, reworked: 41, replaced: 1 });
  // Nothing in between.
  expect(seen.map((names) => names.length)).toEqual([40, 80]);
  await deliver(younger, older);
  expect(dumpOf(younger)).toEqual(dumpOf(older));
  expectSound(younger);
});

test('how far a merge is can be seen while it goes on', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 40);
  expect(younger.replica.mergeProgress).toBeUndefined();
  const merge = deliver(older, younger);
  const progress: { merged: number; total: number; undone: number }[] = [];
  await between(merge, () => {
    const now = younger.replica.mergeProgress;
    if (now) progress.push({ merged: now.merged, total: now.total, undone: now.undone });
  });
  expect(younger.replica.mergeProgress).toBeUndefined();
  expect(progress.at(-1)).toEqual({ merged: 41, total: 41, undone: 41 });
  expect(new Set(progress.map(({ total }) => total))).toEqual(new Set([41]));
  expect(progress.map(({ merged: count }) => count)).toEqual(
    progress.map(({ merged: count }) => count).toSorted((a, b) => a - b),
  );
});

test('what is performed while a merge goes on is seen at once, and is there afterwards', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 10);
  const merge = deliver(older, younger);
  const mine: string[] = [];
  await between(merge, () => {
    const name = `mine ${mine.length}`;
    if (mine.length < 40) {
      make(younger, name, photosOf(younger));
      mine.push(name);
    }
    expect(namesIn(younger, photosOf(younger))).toEqual(expect.arrayContaining(mine));
  });
  await merge;
  expect(mine.length).toBe(40);
  expect(namesIn(younger, photosOf(younger))).toHaveLength(20 + mine.length);
  await deliver(younger, older);
  expect(dumpOf(younger)).toEqual(dumpOf(older));
  expectSound(younger);
});

test('a listing that goes on over the change to the merged tree tells nothing twice and leaves nothing out that stays', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 40);
  const merge = deliver(older, younger);
  const inOrder = [...younger.replica.entriesAfter(rootInode, 2)].map(({ cookie }) => cookie);
  const shared = younger.replica.entry(rootInode, nameFromText('shared before'));
  await between(merge, () => {
    expect(younger.replica.entry(rootInode, nameFromText('shared before'))).toEqual(shared);
    const listed = [...younger.replica.entriesAfter(rootInode, 2)].map(({ name }) => name);
    expect(new Set(listed).size).toBe(listed.length);
  });
  expect([...younger.replica.entriesAfter(rootInode, 2)].map(({ cookie }) => cookie)).toEqual(
    inOrder,
  );
});

test('those who follow the changes know the merged tree', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAction, { minLength: 3, maxLength: 25 }),
      fc.array(anyAction, { minLength: 3, maxLength: 25 }),
      fc.array(anyAction, { maxLength: 10 }),
      fc.constantFrom(1, 5, 1024),
      async (actionsOfOlder, actionsOfYounger, meanwhile, rowsAtOnce) => {
        await using world = new World();
        const limits = { ...tiny, rowsAtOnce };
        const { older, younger } = await apart(world, 4, limits);
        const follower = new Follower(younger);
        for (const action of actionsOfOlder) act(older, action);
        world.clock.advance(10);
        for (const action of actionsOfYounger) act(younger, action);
        const merge = deliver(older, younger);
        for (const action of meanwhile) {
          await new Promise((resolve) => setImmediate(resolve));
          act(younger, action);
        }
        await merge;
        follower.expectToKnowAll();
        expectSound(younger);
        await deliver(younger, older);
        expect(dumpOf(younger)).toEqual(dumpOf(older));
      },
    ),
    { numRuns: Number(process.env['PEERFUSE_RUNS'] ?? 60) },
  );
});

test('wherever a merge stops, the next start finds the old tree or the new one and goes on', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 12);
  await older.replica.flush();
  await younger.replica.flush();
  const before = namesIn(younger, photosOf(younger)).length;
  const logged = older.replica.frontier().get(alice.device);
  await world.close(younger);
  const outcomes = new Set<string>();
  for (let slices = 0; ; slices += 1) {
    const folder = world.folder();
    cpSync(younger.folder, folder, { recursive: true });
    const clock = new HastyClock(createdMs + 2000);
    const stopped = world.open(bob, { folder, clock, mergeLimits: tiny });
    const merge = stopped.replica.accept(bytesOf(older));
    let slice = 0;
    const wasMerged = await between(merge, () => {
      slice += 1;
      if (slice % 7 === 3) make(stopped, `mine ${slice}`);
      return slice < slices;
    });
    const isServed = namesIn(stopped, photosOf(stopped)).length > before;
    outcomes.add(wasMerged ? 'merged' : isServed ? 'served' : 'not served');
    const mine = namesIn(stopped).filter((name) => name.startsWith('mine'));
    await world.kill(stopped);
    const again = world.open(bob, { folder, clock, mergeLimits: tiny });
    const isLogged = again.replica.frontier().get(alice.device) === logged;
    if (!isLogged) outcomes.add('not logged');
    expect(namesIn(again, photosOf(again))).toHaveLength(isLogged ? 24 : 12);
    expect(namesIn(again)).toEqual(expect.arrayContaining(mine));
    expectSound(again);
    await world.close(again);
    if (wasMerged) break;
  }
  expect(outcomes).toEqual(new Set(['not logged', 'not served', 'served', 'merged']));
});

test('when more is younger than can be remembered, all of it is undone, and the outcome is the same', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 40, { ...tiny, uses: 30 });
  for (let index = 0; index < 50; index += 1) make(younger, `elsewhere ${index}`);
  await deliver(older, younger);
  expect(younger.replica.statistics.undone).toBe(91);
  await deliver(younger, older);
  expect(dumpOf(younger)).toEqual(dumpOf(older));
  expectSound(younger);
});

test('each younger operation is undone once, however many late ones collide with it', async () => {
  await using world = new World();
  const clock = new HastyClock(createdMs + 1000);
  const older = world.open(alice, { clock, mergeLimits: tiny });
  const younger = world.open(bob, { clock, mergeLimits: tiny });
  const shared = makeDirectory(older, 'shared');
  await exchange(older, younger);
  clock.advance(10);
  for (let index = 0; index < 30; index += 1) {
    must(older, { ...unchanged, kind: 'set-attributes', inode: shared, mode: 0o700 + index });
    await older.replica.flush();
  }
  clock.advance(10);
  for (let index = 0; index < 30; index += 1) make(younger, `b${index}`, shared);
  await deliver(older, younger);
  expect(younger.replica.statistics).toMatchObject({ undone: 30, merges: 1, reworked: 30 });
  expect(younger.replica.node(shared)?.mode).toBe(0o700 + 29);
  expectSound(younger);
});

test('a check looks at the tree as it was when it began, while it changes', async () => {
  await using world = new World();
  const { older, younger } = await apart(world, 10);
  const check = checkReplica(younger.replica);
  let made = 0;
  await between(check, () => {
    if (made < 20) make(younger, `mine ${made}`);
    made += 1;
  });
  expect(made).toBeGreaterThan(20);
  expect(await check).toEqual([]);
  expect(await checkReplica(younger.replica)).toEqual([]);
  // Damage.
  const { rows } = younger.replica.parts.tree;
  rows.transaction(() => rows.remove(entryKey(rootInode, nameFromText('mine 3'))));
  const found = await checkReplica(younger.replica);
  expect(found).toContainEqual({ what: 'the name "mine 3" in directory 1 is missing' });
  await deliver(younger, older);
  expect(await checkReplica(older.replica)).toEqual([]);
});

/** Knows the tree from what it is told alone. */
class Follower {
  readonly #home: TestHome;
  readonly #entries = new Map<string, InodeId>();
  readonly #nodes = new Map<InodeId, Node>();

  constructor(home: TestHome) {
    this.#home = home;
    this.#walk(rootInode, (parent, name, inode) => this.#entries.set(`${parent}/${name}`, inode));
    for (const inode of [rootInode, ...this.#entries.values()]) this.#learn(inode);
    home.replica.onChange((changes) => {
      for (const change of changes) this.#follow(change);
    });
  }

  expectToKnowAll(): void {
    const entries = new Map<string, InodeId>();
    this.#walk(rootInode, (parent, name, inode) => entries.set(`${parent}/${name}`, inode));
    const inTree = [...this.#entries].filter(([key]) => this.#isReachable(key));
    expect(Object.fromEntries(inTree)).toEqual(Object.fromEntries(entries));
    for (const inode of [rootInode, ...entries.values()]) {
      expect(this.#nodes.get(inode)).toEqual(this.#home.replica.node(inode));
    }
  }

  #follow(change: TreeChange): void {
    if (change.kind === 'node') return void this.#nodes.set(change.after.inode, change.after);
    const key = `${change.parent}/${change.name}`;
    expect(this.#entries.get(key) ?? null).toBe(change.before);
    if (change.after === null) this.#entries.delete(key);
    else this.#entries.set(key, change.after);
  }

  #isReachable(key: string): boolean {
    const parent = Number(key.slice(0, key.indexOf('/'))) as InodeId;
    return parent === rootInode || this.#home.replica.parentOf(parent) !== undefined;
  }

  #walk(directory: InodeId, found: (parent: InodeId, name: Name, inode: InodeId) => void): void {
    for (const { name, inode, type } of this.#home.replica.entriesAfter(directory, 2)) {
      found(directory, name, inode);
      if (type === 'directory') this.#walk(inode, found);
    }
  }

  #learn(inode: InodeId): void {
    const node = this.#home.replica.node(inode);
    if (node) this.#nodes.set(inode, node);
  }
}

/** Calls `look` after each slice of the merge, until it says false. Whether the merge was over. */
async function between(merge: Promise<unknown>, look: () => boolean | void): Promise<boolean> {
  const state = { isOver: false };
  const over = merge.then(() => (state.isOver = true));
  while (!state.isOver) {
    if (look() === false) return false;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return over;
}

function photosOf({ replica }: TestHome): InodeId {
  return replica.entry(rootInode, nameFromText('photos'))?.inode ?? rootInode;
}

function bytesOf({ replica }: TestHome): Uint8Array[] {
  return replica.batchesSince(new Map(), Infinity).map(({ bytes }) => bytes);
}

function dumpOf({ replica }: TestHome): string[] {
  return [...canonicalTree(replica.parts.tree.rows)].map(
    ({ key, value }) => `${Buffer.from(key, 'latin1').toString('hex')} ${value.toString('hex')}`,
  );
}

function expectSound({ replica }: TestHome): void {
  expect(checkTree(replica)).toEqual([]);
  expect(verifyLog(replica)).toEqual([]);
}
