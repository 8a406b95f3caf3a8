import { expect, test } from 'vitest';
import type { SetContent } from '../../../src/metadata/operation.ts';
import type { Head } from '../../../src/metadata/node.ts';
import { headsWith, maximumHeads, versionsBeside } from '../../../src/metadata/version-rules.ts';
import type { DeviceId } from '../../../src/identity/ids.ts';
import type { InodeId } from '../../../src/metadata/ids.ts';
import {
  alice,
  type Both,
  bob,
  conflictsAt,
  everything,
  inodeAt,
  link,
  meet,
  rename,
  settle,
  swap,
  together,
  today,
  unlink,
  write,
} from '../../support/apart.ts';
import {
  exchange,
  make,
  must,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';

const carol = testDevice(3, 'carol');
const fromAlice = `file (conflict, alice, ${today}).txt`;
const fromBob = `file (conflict, bob, ${today}).txt`;

const aFile = (home: TestHome) => write(home, make(home, 'file.txt'), 1);
const bothEdit = [
  ({ older }: Both) => write(older, 'file.txt', 2),
  ({ younger }: Both) => write(younger, 'file.txt', 3),
];

function head(millis: number, content: number): Head {
  const id = { millis, counter: 0, device: 1 as DeviceId };
  const root = Buffer.alloc(32, content);
  return { id, size: content, blockSize: 65_536, root, beside: millis as InodeId };
}

test('a version stands in place of those that its author saw, and of their twins', () => {
  const [a, b, twin] = [head(1, 10), head(2, 20), head(3, 10)];
  expect(headsWith([twin, b, a], head(4, 40), [a.id])).toEqual([head(4, 40), b]);
  expect(headsWith([twin, b, a], head(4, 40), [])).toEqual([head(4, 40), twin, b, a]);
  expect(headsWith([], head(4, 40), [a.id])).toEqual([head(4, 40)]);
});

test('of versions with one content only the youngest is shown', () => {
  expect(versionsBeside([])).toEqual([]);
  expect(versionsBeside([head(3, 10), head(2, 20), head(1, 10)])).toEqual([head(2, 20)]);
  expect(versionsBeside([head(3, 30), head(2, 10), head(1, 10)])).toEqual([head(2, 10)]);
});

test('of two edits the younger is under the name and the other beside it, by its author and day', async () => {
  await using world = new World();
  for (const home of await together(world, aFile, bothEdit)) {
    expect(everything(home)).toEqual({ 'file.txt': 3, [fromAlice]: 2 });
    expect(conflictsAt(home)).toEqual([fromAlice]);
    const node = home.replica.node(inodeAt(home, fromAlice));
    expect(node).toMatchObject({ conflictOf: inodeAt(home, 'file.txt'), mtime: { seconds: 2 } });
  }
});

test('repeated saves on both branches end in one entry beside the file', async () => {
  await using world = new World();
  const saves = [2, 3, 4].flatMap((save) => [
    ({ older }: Both) => write(older, 'file.txt', save),
    ({ younger }: Both) => write(younger, 'file.txt', 10 * save),
  ]);
  for (const home of await together(world, aFile, saves)) {
    expect(everything(home)).toEqual({ 'file.txt': 40, [fromAlice]: 4 });
  }
});

test('three branches are one file and two entries, in whatever order they meet', async () => {
  await using world = new World();
  const homes = [alice, bob, carol].map((who) => world.open(who));
  const [first, second, third] = homes as [TestHome, TestHome, TestHome];
  aFile(first);
  await meet(...homes);
  for (const [index, home] of homes.entries()) {
    world.clock.advance(10);
    write(home, 'file.txt', index + 2);
  }
  await exchange(second, third);
  await exchange(first, third);
  for (const home of await meet(...homes)) {
    expect(everything(home)).toEqual({ 'file.txt': 4, [fromAlice]: 2, [fromBob]: 3 });
  }
});

test('a save that goes on with a branch replaces the entry of that branch alone', async () => {
  await using world = new World();
  const [older, younger] = (await together(world, aFile, bothEdit)) as [TestHome, TestHome];
  write(younger, 'file.txt', 5);
  for (const home of await meet(older, younger)) {
    expect(everything(home)).toEqual({ 'file.txt': 5, [fromAlice]: 2 });
  }
});

test('a version that follows all of them removes the entries', async () => {
  await using world = new World();
  const [older, younger] = (await together(world, aFile, bothEdit)) as [TestHome, TestHome];
  write(older, 'file.txt', 6, 'all');
  for (const home of await meet(older, younger)) {
    expect(everything(home)).toEqual({ 'file.txt': 6 });
    expect(conflictsAt(home)).toEqual([]);
  }
});

test('edits with one result are no conflict, and the next version follows both', async () => {
  await using world = new World();
  const [older, younger] = (await together(world, aFile, [
    ({ older }) => write(older, 'file.txt', 2),
    ({ younger }) => write(younger, 'file.txt', 2),
  ])) as [TestHome, TestHome];
  expect(everything(older)).toEqual({ 'file.txt': 2 });
  write(older, 'file.txt', 3);
  for (const home of await meet(older, younger)) {
    expect(everything(home)).toEqual({ 'file.txt': 3 });
    expect(home.replica.node(inodeAt(home, 'file.txt'))?.heads).toHaveLength(1);
  }
});

const settlements: [string, (home: TestHome) => void, Record<string, number>][] = [
  ['removing', (home) => unlink(home, fromAlice), { 'file.txt': 3 }],
  ['renaming', (home) => rename(home, fromAlice, 'mine.txt'), { 'file.txt': 3, 'mine.txt': 2 }],
  ['keeping both of', (home) => settle(home, fromAlice), { 'file.txt': 3, [fromAlice]: 2 }],
  ['moving over the file', (home) => rename(home, fromAlice, 'file.txt'), { 'file.txt': 2 }],
  ['moving the file over', (home) => rename(home, 'file.txt', fromAlice), { [fromAlice]: 3 }],
  ['swapping', (home) => swap(home, fromAlice, 'file.txt'), { 'file.txt': 2, [fromAlice]: 3 }],
  ['swapping back', (home) => swap(home, 'file.txt', fromAlice), { 'file.txt': 2, [fromAlice]: 3 }],
];

test.each(settlements)(
  '%s what stands beside the file settles the conflict',
  async (_, act, left) => {
    await using world = new World();
    const [older, younger] = (await together(world, aFile, bothEdit)) as [TestHome, TestHome];
    act(younger);
    for (const home of await meet(older, younger)) {
      expect(everything(home)).toEqual(left);
      const nodes = Object.keys(left).map((path) => home.replica.node(inodeAt(home, path)));
      for (const node of nodes)
        expect(node).toMatchObject({ conflictOf: null, heads: { length: 1 } });
      expect(conflictsAt(home)).toEqual([]);
    }
  },
);

test.each([
  ['an edit', (home: TestHome) => write(home, fromAlice, 7), { 'file.txt': 3, [fromAlice]: 7 }],
  [
    'a further name',
    (home: TestHome) => link(home, fromAlice, 'kept'),
    { kept: 2, 'file.txt': 3, [fromAlice]: 2 },
  ],
])('%s makes what stands beside a file a thing of its own', async (_, act, left) => {
  await using world = new World();
  const [older, younger] = (await together(world, aFile, bothEdit)) as [TestHome, TestHome];
  act(older);
  for (const home of await meet(older, younger)) {
    expect(everything(home)).toEqual(left);
    expect(home.replica.node(inodeAt(home, fromAlice))?.conflictOf).toBeNull();
    expect(home.replica.node(inodeAt(home, 'file.txt'))?.heads).toHaveLength(1);
  }
});

test('when the file goes, what stood beside it stays as an ordinary file', async () => {
  await using world = new World();
  const [older, younger] = (await together(world, aFile, bothEdit)) as [TestHome, TestHome];
  unlink(older, 'file.txt');
  for (const home of await meet(older, younger)) {
    expect(everything(home)).toEqual({ [fromAlice]: 2 });
    expect(home.replica.node(inodeAt(home, fromAlice))?.conflictOf).toBeNull();
  }
});

test('what was made of an older save of a branch is in conflict with the younger saves that arrive', async () => {
  await using world = new World();
  const homes = [alice, bob].map((who) => world.open(who)) as [TestHome, TestHome];
  const [older, younger] = homes;
  aFile(older);
  await meet(...homes);
  world.clock.advance(10);
  write(older, 'file.txt', 2);
  await older.replica.flush();
  const early = older.replica.batchesSince(younger.replica.frontier(), Infinity);
  world.clock.advance(10);
  write(older, 'file.txt', 5);
  world.clock.advance(10);
  write(younger, 'file.txt', 3);
  await younger.replica.accept(early.map(({ bytes }) => bytes));
  rename(younger, fromAlice, 'taken');
  write(younger, 'taken', 4);
  for (const home of await meet(...homes)) {
    const other = `taken (conflict, alice, ${today})`;
    expect(everything(home)).toEqual({ 'file.txt': 3, taken: 4, [other]: 5 });
  }
});

test('files created under one name become one when their content is the same, and both authors go on', async () => {
  await using world = new World();
  const [older, younger] = (await together(world, () => undefined, [
    ({ older }) => write(older, make(older, 'photo.jpg', undefined, { mode: 0o666 }), 9),
    ({ younger }) => write(younger, make(younger, 'photo.jpg', undefined, { mode: 0o666 }), 9),
    ({ younger }) => write(younger, 'photo.jpg', 11),
  ])) as [TestHome, TestHome];
  expect(everything(older)).toEqual({ 'photo.jpg': 11 });
  write(older, 'photo.jpg', 12);
  for (const home of await meet(older, younger)) {
    expect(everything(home)).toEqual({ 'photo.jpg': 12 });
    expect(conflictsAt(home)).toEqual([]);
  }
});

test('empty files of one name become one', async () => {
  await using world = new World();
  const homes = await together(world, () => undefined, [
    ({ older }) => make(older, 'lock', undefined, { mode: 0o666 }),
    ({ younger }) => make(younger, 'lock', undefined, { mode: 0o666 }),
    ({ younger }) => write(younger, 'lock', 3),
  ]);
  for (const home of homes) expect(everything(home)).toEqual({ lock: 3 });
});

test('a file that fewer may read does not become one with another of its content', async () => {
  await using world = new World();
  const homes = await together(world, () => undefined, [
    ({ older }) => write(older, make(older, 'keys', undefined, { mode: 0o666 }), 9),
    ({ younger }) => write(younger, make(younger, 'keys', undefined, { mode: 0o600 }), 9),
  ]);
  for (const home of homes) expect(Object.keys(everything(home))).toHaveLength(2);
});

test('files of other people with one content stay two, since each may change only his own', async () => {
  await using world = new World();
  const homes = [alice, bob].map((who) => world.open(who, { flavour: 'net' })) as [
    TestHome,
    TestHome,
  ];
  make(homes[0], 'shared', undefined, { type: 'directory', mode: 0o777 });
  await meet(...homes);
  for (const home of homes) {
    world.clock.advance(10);
    write(home, make(home, 'photo.jpg', inodeAt(home, 'shared'), { mode: 0o644 }), 9);
  }
  for (const home of await meet(...homes)) {
    expect(Object.keys(everything(home))).toHaveLength(3);
  }
});

test('a number that a version has is given to no other version and to no file', async () => {
  await using world = new World();
  const home = world.open(alice);
  aFile(home);
  const file = inodeAt(home, 'file.txt');
  const beside = home.replica.node(file)?.heads[0]?.beside as InodeId;
  const version: SetContent = {
    ...{ kind: 'set-content', inode: file, supersedes: [], size: 2, blockSize: 65_536 },
    ...{ beside, root: Buffer.alloc(32), mtime: { seconds: 0, nanoseconds: 0 } },
    clearsPrivileges: false,
  };
  expect(() => must(home, version)).toThrow(/EEXIST/);
  expect(() => make(home, 'x', undefined, { inode: beside })).toThrow(/EEXIST/);
});

test('of more versions than anybody looks at the oldest become ordinary files', async () => {
  await using world = new World();
  const home = world.open(alice);
  const inode = make(home, 'file.txt');
  for (let size = 1; size <= maximumHeads + 3; size += 1) {
    must(home, {
      ...{ kind: 'set-content', inode, supersedes: [], size, blockSize: 65_536 },
      ...{ root: Buffer.alloc(32, size), mtime: { seconds: 0, nanoseconds: 0 } },
      ...{ clearsPrivileges: false, beside: home.replica.newInode() },
    });
  }
  await meet(home);
  expect(home.replica.node(inode)?.heads).toHaveLength(maximumHeads);
  expect(Object.keys(everything(home))).toHaveLength(maximumHeads + 3);
});
