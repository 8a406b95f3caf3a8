import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootInode } from '../../../../src/metadata/ids.ts';
import { kindOfKey, rowKind } from '../../../../src/metadata/state/tree-key.ts';
import { treeRows } from '../../../../src/metadata/check/canonical-tree.ts';
import { nameFromText } from '../../../../src/metadata/name.ts';
import { appliedRange } from '../../../../src/metadata/tables/global-key.ts';
import {
  deliver,
  make,
  makeDirectory,
  must,
  testDevice,
  type TestHome,
  World,
} from '../../../support/replica-world.ts';
import { earlyLimits, meet, minuteMs, problemsOf, settle, treeOf } from './checkpoint-world.ts';

const hours = 7 * 24;
const shiftHours = 2;
const measuredEveryHours = 4;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const limits = {
  ...earlyLimits,
  minimumOperations: 300,
  acknowledgeAfterMs: 3 * minuteMs,
  lookEveryMs: minuteMs,
  forgetAfterMs: dayMs,
};

interface Sizes {
  readonly logBytes: number;
  readonly undoRows: number;
  readonly changeRows: number;
  readonly nodeRows: number;
}

test('in a week of use logs, undo rows, change rows and removed nodes stay below what a day leaves', async () => {
  await using world = new World();
  const homes = [1, 2, 3].map((device) =>
    world.open(testDevice(device), { checkpointLimits: limits }),
  );
  const sizes: Sizes[] = [];
  for (let hour = 0; hour < hours; hour += shiftHours) {
    for (const home of homes) useForAShift(home, hour);
    for (const home of homes) await home.replica.flush();
    for (let turn = 0; turn < 2; turn += 1) {
      await meetAtOne(homes);
      world.clock.advance((shiftHours * hourMs) / 2);
      await settle(homes);
    }
    if (hour % measuredEveryHours === 0) sizes.push(homes.map(sizesOf).reduce(largest));
  }
  await meet(homes);
  await settle(homes);
  const daily = sizes.slice(0, 24 / measuredEveryHours).reduce(largest);
  const later = sizes.slice((3 * 24) / measuredEveryHours).reduce(largest);
  expect(later.logBytes).toBeLessThan(1.5 * daily.logBytes);
  expect(later.undoRows).toBeLessThan(1.5 * daily.undoRows);
  expect(later.changeRows).toBeLessThan(1.5 * daily.changeRows);
  expect(later.nodeRows).toBeLessThan(3 * daily.nodeRows);
  const [one, ...others] = homes;
  for (const other of others) expect(treeOf(other)).toEqual(one && treeOf(one));
  for (const home of homes) expect(problemsOf(home)).toEqual([]);
});

/** Everybody's news go through the first of them. */
async function meetAtOne([hub, ...others]: readonly TestHome[]): Promise<void> {
  if (!hub) return;
  for (const other of others) await deliver(other, hub);
  for (const other of others) await deliver(hub, other);
}

/** A folder of the day, in which files come, are saved again and again, and mostly go. */
function useForAShift(home: TestHome, hour: number): void {
  const name = nameFromText(`day ${Math.floor(hour / 24)} of ${home.who.user}`);
  const parent =
    home.replica.entry(rootInode, name)?.inode ??
    makeDirectory(home, Buffer.from(name, 'latin1').toString());
  for (let index = 0; index < 8; index += 1) {
    const fileName = `${hour} ${index}`;
    const inode = make(home, fileName, parent);
    for (let save = 0; save < 3; save += 1) saveAgain(home, inode, save);
    if (index % 4 === 0) continue;
    const seen = home.replica.node(inode)?.heads[0]?.id ?? null;
    must(home, { kind: 'unlink', parent, name: nameFromText(fileName), inode, seen });
  }
}

function saveAgain(home: TestHome, inode: ReturnType<typeof make>, save: number): void {
  const heads = home.replica.node(inode)?.heads ?? [];
  must(home, {
    ...{ kind: 'set-content', inode, supersedes: heads.map(({ id }) => id), size: save },
    ...{ blockSize: 65_536, root: Buffer.alloc(32, save), mtime: { seconds: 1, nanoseconds: 0 } },
    ...{ clearsPrivileges: false, beside: home.replica.newInode() },
  });
}

function sizesOf({ replica, logDirectory }: TestHome): Sizes {
  const { rows } = replica.parts.tree;
  const logs = readdirSync(logDirectory).filter((name) => name.endsWith('.log'));
  let changeRows = 0;
  let nodeRows = 0;
  for (const { key } of treeRows(rows)) {
    if (kindOfKey(key) === rowKind.change) changeRows += 1;
    if (kindOfKey(key) === rowKind.node || kindOfKey(key) === rowKind.version) nodeRows += 1;
  }
  return {
    logBytes: logs.reduce((sum, name) => sum + statSync(join(logDirectory, name)).size, 0),
    undoRows: [...rows.all(appliedRange)].length,
    ...{ changeRows, nodeRows },
  };
}

function largest(a: Sizes, b: Sizes): Sizes {
  return {
    logBytes: Math.max(a.logBytes, b.logBytes),
    undoRows: Math.max(a.undoRows, b.undoRows),
    changeRows: Math.max(a.changeRows, b.changeRows),
    nodeRows: Math.max(a.nodeRows, b.nodeRows),
  };
}
