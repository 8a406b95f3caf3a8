import { appendFileSync, cpSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canonicalTree } from '../../../src/metadata/check/canonical-tree.ts';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../src/metadata/check/verify-log.ts';
import type { Disk } from '../../../src/storage/disk.ts';
import {
  deliver,
  exchange,
  make,
  makeDirectory,
  namesIn,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';
import { formatKey } from '../../../src/metadata/tables/global-key.ts';
import { Rows } from '../../../src/metadata/tables/rows.ts';
import { openDatabase, openTable } from '../../../src/storage/database.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');

test('what was performed before a kill is there afterwards, and gets into the log', async () => {
  await using world = new World();
  const killed = world.open(alice);
  make(killed, 'sealed');
  await killed.replica.flush();
  make(killed, 'not sealed');
  make(killed, 'not sealed either');
  await world.kill(killed);
  const reopened = world.open(alice, { folder: killed.folder });
  const names = ['not sealed', 'not sealed either', 'sealed'];
  expect(namesIn(reopened)).toEqual(names);
  const other = world.open(bob);
  await deliver(reopened, other);
  expect(namesIn(other)).toEqual(names);
  expectSound(reopened);
});

test('a kill after the log was written and before the database was is made good at the start', async () => {
  await using world = new World();
  const killed = world.open(alice);
  const other = world.open(bob);
  make(other, 'of bob');
  await other.replica.flush();
  make(killed, 'of alice');
  const before = join(world.folder(), 'database');
  cpSync(join(killed.folder, 'database'), before, { recursive: true });
  await exchange(killed, other);
  await world.kill(killed);
  rmSync(join(killed.folder, 'database'), { recursive: true });
  cpSync(before, join(killed.folder, 'database'), { recursive: true });
  const reopened = world.open(alice, { folder: killed.folder });
  expect(namesIn(reopened)).toEqual(['of alice', 'of bob']);
  expect(dumpOf(reopened)).toEqual(dumpOf(other));
  make(reopened, 'more');
  await deliver(reopened, other);
  expect(namesIn(other)).toEqual(['more', 'of alice', 'of bob']);
  expectSound(reopened);
});

test('what was done just before a kill is there although the rows are of another version', async () => {
  await using world = new World();
  const killed = world.open(alice);
  make(killed, 'first');
  await killed.replica.flush();
  make(killed, 'last');
  await world.kill(killed);
  const database = openDatabase(join(killed.folder, 'database'));
  const rows = new Rows(openTable(database, 'metadata'));
  rows.transaction(() => rows.put(formatKey, Buffer.from('older')));
  await database.close();
  const reopened = world.open(alice, { folder: killed.folder });
  expect(namesIn(reopened)).toEqual(['first', 'last']);
  make(reopened, 'more');
  await reopened.replica.flush();
  expectSound(reopened);
});

test('a kill in the middle of a merge lets it go on at the next start', async () => {
  await using world = new World();
  const older = world.open(alice);
  make(older, 'same');
  world.clock.advance(10);
  const younger = world.open(bob);
  make(younger, 'same');
  await older.replica.flush();
  const batches = older.replica.batchesSince(new Map(), Infinity).map(({ bytes }) => bytes);
  const { logs } = younger.replica.parts;
  const { decodeBatch } = await import('../../../src/metadata/codec/batch.ts');
  const { logEntry } = await import('../../../src/metadata/log/log-entry.ts');
  const entries = batches.map((bytes) => logEntry(decodeBatch(bytes), Buffer.from(bytes)));
  // As far as accepting gets before it applies anything.
  logs.append(alice.device, entries, true);
  await world.kill(younger);
  const reopened = world.open(bob, { folder: younger.folder });
  expect(namesIn(reopened)).toEqual(['same', 'same (conflict, bob, 2026-01-01)']);
  expectSound(reopened);
});

test.each([1, 7, 8, 9, 40])('a tail torn %d bytes after the last record is cut', async (bytes) => {
  await using world = new World();
  const killed = world.open(alice);
  make(killed, 'first');
  await killed.replica.flush();
  const log = join(killed.logDirectory, '1.log');
  const whole = statSync(log).size;
  await world.kill(killed);
  appendFileSync(log, Buffer.alloc(bytes, 0x21));
  const reopened = world.open(alice, { folder: killed.folder });
  expect(statSync(log).size).toBe(whole);
  make(reopened, 'second');
  await reopened.replica.flush();
  await world.close(reopened);
  const again = world.open(alice, { folder: killed.folder });
  expect(namesIn(again)).toEqual(['first', 'second']);
  expectSound(again);
});

test('a log shorter than the database knows makes the tree what the log says', async () => {
  await using world = new World();
  const killed = world.open(alice);
  make(killed, 'first');
  await killed.replica.flush();
  const log = join(killed.logDirectory, '1.log');
  const whole = statSync(log).size;
  make(killed, 'second');
  await killed.replica.flush();
  await world.kill(killed);
  truncateSync(log, whole);
  const reopened = world.open(alice, { folder: killed.folder });
  expect(namesIn(reopened)).toEqual(['first']);
  expectSound(reopened);
});

test('after a crash of the machine the tree is rebuilt from the logs, whatever the database holds', async () => {
  await using world = new World();
  const crashed = world.open(alice);
  const other = world.open(bob);
  const directory = makeDirectory(crashed, 'directory');
  await exchange(crashed, other);
  for (let index = 0; index < 300; index += 1) make(other, `file ${index}`, directory);
  await exchange(crashed, other);
  const inode = make(crashed, 'last');
  await crashed.replica.flush();
  const expected = dumpOf(crashed);
  await world.kill(crashed);
  rmSync(join(crashed.folder, 'database'), { recursive: true });
  const rebuilt = world.open(alice, { folder: crashed.folder, clean: false });
  expect(dumpOf(rebuilt)).toEqual(expected);
  expect(rebuilt.replica.newInode()).toBeGreaterThan(inode);
  expectSound(rebuilt);
});

test('node numbers are not given twice, whether the process was closed or killed', async () => {
  await using world = new World();
  const given = new Set<number>();
  let home = world.open(alice);
  for (const end of ['close', 'kill', 'close'] as const) {
    for (let count = 0; count < 5000; count += 1) given.add(home.replica.newInode());
    await world[end](home);
    home = world.open(alice, { folder: home.folder });
  }
  expect(given.size).toBe(15_000);
});

test('a disk that takes no more loses nothing that was performed', async () => {
  await using world = new World();
  let isFull = false;
  const disk: Disk = {
    attempt(site, call) {
      if (isFull && site === 'log.append') throw new Error('ENOSPC');
      return call();
    },
    attemptAsync: (_site, call) => call(),
  };
  const home = world.open(alice, { disk });
  make(home, 'before');
  await home.replica.flush();
  isFull = true;
  make(home, 'meanwhile');
  await expect(home.replica.flush()).rejects.toThrow('ENOSPC');
  expect(namesIn(home)).toEqual(['before', 'meanwhile']);
  isFull = false;
  await home.replica.flush();
  expect(home.replica.unsealed).toBe(0);
  expectSound(home);
});

test('after a failed flush of the log no flush claims success any more', async () => {
  await using world = new World();
  let fails = true;
  const disk: Disk = {
    attempt: (_site, call) => call(),
    async attemptAsync(site, call) {
      if (fails && site === 'log.sync') throw new Error('EIO');
      return call();
    },
  };
  const home = world.open(alice, { disk });
  make(home, 'file');
  await expect(home.replica.flush()).rejects.toThrow('EIO');
  fails = false;
  await expect(home.replica.flush()).rejects.toThrow('EIO');
  expect(home.replica.frontier().size).toBe(0);
});

function dumpOf({ replica }: TestHome): string[] {
  return [...canonicalTree(replica.parts.tree.rows)].map(
    ({ key, value }) => `${Buffer.from(key, 'latin1').toString('hex')} ${value.toString('hex')}`,
  );
}

function expectSound({ replica }: TestHome): void {
  expect(checkTree(replica)).toEqual([]);
  expect(verifyLog(replica)).toEqual([]);
}
