import { expect, test } from 'vitest';
import { encodeBatch, hashOfBatch, noHash } from '../../../src/metadata/codec/batch.ts';
import { encodeBody } from '../../../src/metadata/codec/operation-codec.ts';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../src/metadata/check/verify-log.ts';
import { inodeId, rootInode } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import type { Stamp } from '../../../src/metadata/stamp.ts';
import {
  actingOf,
  batchesOf,
  createdMs,
  deliver,
  exchange,
  make,
  makeDirectory,
  must,
  namesIn,
  networkId,
  testDevice,
  type TestDevice,
  World,
} from '../../support/replica-world.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');
const unchanged = { mode: null, uid: null, gid: null, atime: null, mtime: null };

interface Forged {
  readonly sequence?: number;
  readonly previousHash?: Buffer;
  readonly certificate?: Buffer | null;
  readonly network?: string;
  readonly millis?: number;
  readonly counter?: number;
  /** Of the created file's number. */
  readonly creator?: TestDevice;
  readonly name?: string;
}

/** A batch of Alice's that creates one file. */
function batchOfAlice(forged: Forged = {}): Buffer {
  const counter = forged.counter ?? 7;
  const stamp: Stamp = { millis: forged.millis ?? createdMs + 5, counter, device: alice.device };
  const body = encodeBody(actingOf(alice), {
    ...{ kind: 'create', inode: inodeId((forged.creator ?? alice).device, 1 + counter) },
    ...{ parent: rootInode, name: nameFromText(forged.name ?? 'file'), type: 'file' },
    ...{ mode: 0o644, uid: alice.uid, gid: alice.uid, rdev: 0, target: '' },
  });
  return encodeBatch(
    {
      device: alice.device,
      sequence: forged.sequence ?? 1,
      previousHash: forged.previousHash ?? noHash,
      seen: new Map(),
      certificate: forged.certificate === undefined ? alice.certificate : forged.certificate,
    },
    [{ stamp, body }],
    forged.network ?? networkId,
    alice.privateKey,
  );
}

const first = batchOfAlice();
const next = { sequence: 2, previousHash: hashOfBatch(first), certificate: null, counter: 8 };

test.each<[string, Buffer, RegExp]>([
  ['a changed byte', changed(batchOfAlice()), /signature/],
  ['a batch of another network', batchOfAlice({ network: 'other' }), /signature/],
  ['a first batch without certificate', batchOfAlice({ certificate: null }), /certificate/],
  ['a certificate of nobody', batchOfAlice({ certificate: Buffer.from('x') }), /none of this/],
  ["another's certificate", batchOfAlice({ certificate: bob.certificate }), /another device/],
  ["a node in another's name", batchOfAlice({ creator: bob }), /malformed.*inode/],
  ['a name with a slash', batchOfAlice({ name: 'a/b' }), /malformed.*name/],
  ['noise', Buffer.alloc(300, 0x82), /malformed/],
  ['nothing', Buffer.alloc(0), /malformed/],
])('%s is refused', async (_what, batch, reason) => {
  await using world = new World();
  const home = world.open(bob);
  const outcome = await home.replica.accept([batch]);
  expect(outcome).toMatchObject({ accepted: 0, operations: 0, missing: false });
  expect(outcome.refused.map((refused) => refused.reason)).toEqual([expect.stringMatching(reason)]);
  expect(home.replica.frontier().size).toBe(0);
  expect(namesIn(home)).toEqual([]);
});

test.each<[string, Buffer, RegExp]>([
  ['another history', batchOfAlice({ ...next, previousHash: Buffer.alloc(32, 1) }), /continue/],
  ['a stamp that goes back', batchOfAlice({ ...next, counter: 6 }), /back in time/],
  ['two batches of one number', batchOfAlice({ name: 'other' }), /equivocation/],
  ['a forged batch of a known number', changed(batchOfAlice({ name: 'other' })), /signature/],
])('after a first batch, %s is refused', async (_what, batch, reason) => {
  await using world = new World();
  const home = world.open(bob);
  await home.replica.accept([first]);
  const outcome = await home.replica.accept([batch]);
  expect(outcome.accepted).toBe(0);
  expect(outcome.refused[0]?.reason).toMatch(reason);
  expect(namesIn(home)).toEqual(['file']);
});

test('a known batch is ignored, and one that does not follow is reported missing', async () => {
  await using world = new World();
  const home = world.open(bob);
  const second = batchOfAlice({ ...next, name: 'second' });
  expect(await home.replica.accept([second])).toMatchObject({ accepted: 0, missing: true });
  expect(await home.replica.accept([second, first, first])).toEqual({
    ...{ accepted: 2, operations: 2, missing: false, refused: [] },
  });
  expect(await home.replica.accept([first])).toEqual({
    ...{ accepted: 0, operations: 0, missing: false, refused: [] },
  });
  expect(namesIn(home)).toEqual(['file', 'second']);
  expect(batchesOf(home)).toEqual([first, second]);
});

test('a stamp far ahead waits for its time, also over a restart', async () => {
  await using world = new World();
  const opened = world.open(bob);
  const aheadMs = 60 * 60 * 1000;
  const future = batchOfAlice({ millis: world.clock.nowMs() + aheadMs });
  expect(await opened.replica.accept([future])).toMatchObject({ accepted: 1, operations: 0 });
  expect(namesIn(opened)).toEqual([]);
  expect(verifyLog(opened.replica)).toEqual([]);
  make(opened, 'mine');
  await world.close(opened);
  const home = world.open(bob, { folder: opened.folder });
  const changes = new Promise<void>((resolve) => home.replica.onChange(() => resolve()));
  world.clock.advance(aheadMs - 11 * 60 * 1000);
  await home.replica.accept([]);
  expect(namesIn(home)).toEqual(['mine']);
  world.clock.advance(2 * 60 * 1000);
  await changes;
  expect(namesIn(home)).toEqual(['file', 'mine']);
  expect(verifyLog(home.replica)).toEqual([]);
});

test('what waits for its time keeps a removal from counting as seen by all, since its author may not have known of that', async () => {
  await using world = new World();
  const aheadMs = 60 * 60 * 1000;
  const one = world.open(alice);
  const other = world.open(bob, { clock: new ManualClock(world.clock.nowMs() + aheadMs) });
  make(one, 'before');
  await deliver(one, other);
  make(other, 'unaware');
  await other.replica.flush();
  make(one, 'to be seen');
  await one.replica.flush();
  const frontier = one.replica.presentFrontier()!;
  await deliver(one, other);
  make(other, 'aware');
  await deliver(other, one);
  expect(namesIn(one)).toEqual(['before', 'to be seen']);
  expect(one.replica.isSeenByAll(frontier)).toBe(false);
  const applied = new Promise<void>((resolve) => one.replica.onChange(() => resolve()));
  world.clock.advance(aheadMs);
  await applied;
  expect(namesIn(one)).toEqual(['aware', 'before', 'to be seen', 'unaware']);
  expect(one.replica.isSeenByAll(frontier)).toBe(true);
});

test('a stamp from the end of time waits for ever, and moves nobody else', async () => {
  await using world = new World();
  const home = world.open(bob);
  const endOfTime = batchOfAlice({ millis: 2 ** 48 - 1 });
  expect(await home.replica.accept([endOfTime])).toMatchObject({ accepted: 1 });
  make(home, 'mine');
  const { stamps, parked } = home.replica.parts;
  expect(stamps.lastMillis).toBe(world.clock.nowMs());
  expect(parked.waiting).toMatchObject([{ device: alice.device, operations: 1 }]);
  const mine = world.open(testDevice(3, 'carol'));
  await deliver(home, mine);
  expect(namesIn(mine)).toEqual(['mine']);
});

test('what waits is counted by device, is there at once when the clock is set right, and then counts no more', async () => {
  await using world = new World();
  const home = world.open(bob);
  const dayMs = 24 * 60 * 60 * 1000;
  await home.replica.accept([batchOfAlice({ millis: world.clock.nowMs() + dayMs })]);
  const { parked } = home.replica.parts;
  expect(parked.waiting).toEqual([
    {
      device: alice.device,
      operations: 1,
      untilMs: world.clock.nowMs() + dayMs - 10 * 60 * 1000,
    },
  ]);
  const changed = new Promise<void>((resolve) => home.replica.onChange(() => resolve()));
  world.clock.advance(dayMs);
  await changed;
  await home.replica.accept([]);
  expect(namesIn(home)).toEqual(['file']);
  expect(parked.waiting).toEqual([]);
});

test('late operations that commute with all younger ones undo nothing', async () => {
  await using world = new World();
  const older = world.open(alice);
  const younger = world.open(bob);
  const shared = makeDirectory(older, 'shared');
  const notes = make(older, 'notes');
  await exchange(older, younger);
  world.clock.advance(10);
  for (let index = 0; index < 10; index += 1) make(older, `a${index}`, shared);
  must(older, {
    kind: 'set-xattr',
    inode: notes,
    name: nameFromText('user.x'),
    value: Buffer.of(1),
  });
  world.clock.advance(10);
  for (let index = 0; index < 10; index += 1) make(younger, `b${index}`, shared);
  await deliver(older, younger);
  expect(younger.replica.statistics).toMatchObject({ late: 11, undone: 0, merges: 0 });
  expect(namesIn(younger, shared)).toHaveLength(20);
});

test('a collision undoes and does again what collides, however much it is, and tells only what is different', async () => {
  await using world = new World();
  const older = world.open(alice);
  const younger = world.open(bob);
  const shared = makeDirectory(older, 'shared');
  await exchange(older, younger);
  world.clock.advance(10);
  make(older, 'same');
  must(older, { ...unchanged, kind: 'set-attributes', inode: shared, mode: 0o700 });
  world.clock.advance(10);
  for (let index = 0; index < 300; index += 1) make(younger, `b${index}`, shared);
  for (let index = 0; index < 300; index += 1) make(younger, `c${index}`);
  const mine = make(younger, 'same');
  const changes: unknown[] = [];
  younger.replica.onChange((told) => changes.push(...told.filter(({ kind }) => kind === 'entry')));
  await deliver(older, younger);
  expect(younger.replica.statistics).toMatchObject({ undone: 301, merges: 1 });
  const conflict = nameFromText('same (conflict, bob, 2026-01-01)');
  expect(changes).toHaveLength(2);
  expect(changes).toContainEqual({
    ...{ kind: 'entry', parent: rootInode, name: nameFromText('same') },
    ...{ before: mine, after: older.replica.entry(rootInode, nameFromText('same'))?.inode },
  });
  expect(changes).toContainEqual({
    ...{ kind: 'entry', parent: rootInode, name: conflict, before: null, after: mine },
  });
  expect(checkTree(younger.replica)).toEqual([]);
  expect(verifyLog(younger.replica)).toEqual([]);
});

test('batches are told once they are on the disk itself, and operations after one are counted', async () => {
  await using world = new World();
  const home = world.open(alice);
  const told: number[] = [];
  home.replica.onBatch((_bytes, { sequence }) => told.push(sequence));
  make(home, 'one');
  expect(home.replica.unsealed).toBe(1);
  expect(home.replica.frontier().size).toBe(0);
  await home.replica.flush();
  make(home, 'two');
  make(home, 'three');
  await home.replica.flush();
  expect(told).toEqual([1, 2]);
  expect(home.replica.operationsAfter({ device: alice.device, sequence: 1 })).toBe(2);
  expect(home.replica.operationsAfter({ device: alice.device, sequence: 0 })).toBe(3);
});

test('a device whose home was restored from an older copy takes back what it had told', async () => {
  await using world = new World();
  const original = world.open(alice);
  const other = world.open(bob);
  make(original, 'told');
  await deliver(original, other);
  const restored = world.open(alice);
  await deliver(other, restored);
  make(restored, 'more');
  await deliver(restored, other);
  expect(namesIn(other)).toEqual(['more', 'told']);
  expect(verifyLog(other.replica)).toEqual([]);
});

function changed(batch: Buffer): Buffer {
  const copy = Buffer.from(batch);
  // The first letter of the name that all these batches hold.
  const at = Math.max(copy.indexOf('file'), copy.indexOf('other'));
  copy[at] = 0x7a;
  return copy;
}
