import { expect, test } from 'vitest';
import {
  alice,
  bob,
  conflictsAt,
  everything,
  inodeAt,
  link,
  meet,
  rename,
  settle,
  swap,
  today,
  unlink,
  write,
} from '../../support/apart.ts';
import { make, testDevice, type TestHome, World } from '../../support/replica-world.ts';

// A version that stood beside a file stands in a file of its own, and its author, who has not heard of that, writes over it in place:
// nobody has its bytes any more. What he writes follows it there.

const carol = testDevice(3, 'carol');
const fromAlice = `file (conflict, alice, ${today}).txt`;
const fromBob = `file (conflict, bob, ${today}).txt`;

interface Three {
  readonly world: World;
  readonly alice: TestHome;
  readonly bob: TestHome;
  readonly carol: TestHome;
}

/** Bob has written 2 and carol, who is with him, knows it; alice has written 3 after him, and sees both. */
async function apart(world: World): Promise<Three> {
  const [first, second, third] = [alice, bob, carol].map((who) => world.open(who));
  const three = { world, alice: first!, bob: second!, carol: third! };
  write(three.alice, make(three.alice, 'file.txt'), 1);
  await meet(three.alice, three.bob, three.carol);
  await step(three, () => write(three.bob, 'file.txt', 2));
  await tell(three.bob, three.carol);
  await step(three, () => write(three.alice, 'file.txt', 3));
  await tell(three.bob, three.alice);
  expect(everything(three.alice)).toEqual({ 'file.txt': 3, [fromBob]: 2 });
  return three;
}

async function step({ world }: Three, act: () => void): Promise<void> {
  world.clock.advance(10);
  act();
}

async function tell(from: TestHome, to: TestHome): Promise<void> {
  await from.replica.flush();
  const batches = from.replica.batchesSince(to.replica.frontier(), Infinity);
  await to.replica.accept(batches.map(({ bytes }) => bytes));
}

/** Both orders of what two do without knowing of each other. */
async function inBothOrders(
  one: (three: Three) => void,
  other: (three: Three) => void,
  expected: Record<string, number>,
  expectedInTheOther = expected,
): Promise<void> {
  for (const [acts, left] of [
    [[one, other], expected],
    [[other, one], expectedInTheOther],
  ] as const) {
    await using world = new World();
    const three = await apart(world);
    for (const act of acts) await step(three, () => act(three));
    for (const home of await meet(three.alice, three.bob, three.carol)) {
      expect(everything(home)).toEqual(left);
    }
  }
}

const bobSaves = ({ bob: home }: Three) => write(home, 'file.txt', 4);

type Shown = Record<string, number>;

/** What is shown when the one came first, and when the other did, if that makes a difference. */
const departures: [string, (home: TestHome) => void, Shown, Shown?][] = [
  ['renamed', (home) => rename(home, fromBob, 'bobs'), { 'file.txt': 3, bobs: 4 }],
  [
    'linked',
    (home) => link(home, fromBob, 'bobs'),
    { 'file.txt': 3, [fromBob]: 4, bobs: 4 },
    { 'file.txt': 3, bobs: 4 },
  ],
  [
    'kept',
    (home) => settle(home, fromBob),
    { 'file.txt': 3, [fromBob]: 4 },
    { 'file.txt': 4, [fromAlice]: 3 },
  ],
  ['swapped', (home) => swap(home, fromBob, 'file.txt'), { 'file.txt': 4, [fromBob]: 3 }],
  ['moved over it', (home) => rename(home, fromBob, 'file.txt'), { 'file.txt': 4 }],
];

test.each(departures)(
  'what is written over a version whose entry was %s meanwhile is where that is',
  async (_, act, expected, expectedInTheOther) => {
    await inBothOrders(({ alice: home }) => act(home), bobSaves, expected, expectedInTheOther);
  },
);

test('what is written over a version whose entry was edited meanwhile is in conflict with that edit', async () => {
  for (const isFirst of [true, false]) {
    await using world = new World();
    const three = await apart(world);
    const edit = () => write(three.alice, fromBob, 5);
    const save = () => bobSaves(three);
    for (const act of isFirst ? [edit, save] : [save, edit]) await step(three, act);
    for (const home of await meet(three.alice, three.bob, three.carol)) {
      const shown = everything(home);
      expect(new Set(Object.values(shown))).toEqual(new Set([3, 4, 5]));
      expect(shown['file.txt']).toBe(3);
      expect(conflictsAt(home)).toHaveLength(2);
    }
  }
});

test('what is written over a version whose file was removed meanwhile is where that version is', async () => {
  await using world = new World();
  const three = await apart(world);
  await step(three, () => unlink(three.alice, 'file.txt'));
  await step(three, () => bobSaves(three));
  for (const home of await meet(three.alice, three.bob, three.carol)) {
    expect(everything(home)).toEqual({ [fromBob]: 4 });
  }
});

test('what is written over a version whose entry was removed meanwhile is kept', async () => {
  for (const isFirst of [true, false]) {
    await using world = new World();
    const three = await apart(world);
    const removal = () => unlink(three.alice, fromBob);
    const save = () => bobSaves(three);
    for (const act of isFirst ? [removal, save] : [save, removal]) await step(three, act);
    for (const home of await meet(three.alice, three.bob, three.carol)) {
      expect(new Set(Object.values(everything(home)))).toEqual(new Set([3, 4]));
      expect(conflictsAt(home)).toHaveLength(1);
    }
  }
});

test('every further save follows, whoever makes it', async () => {
  await inBothOrders(
    ({ alice: home }) => rename(home, fromBob, 'bobs'),
    ({ bob: home, world }) => {
      for (const size of [4, 5]) {
        world.clock.advance(1);
        write(home, 'file.txt', size);
      }
    },
    { 'file.txt': 3, bobs: 5 },
  );
  await inBothOrders(
    ({ alice: home }) => rename(home, fromBob, 'bobs'),
    ({ carol: home }) => write(home, 'file.txt', 4),
    { 'file.txt': 3, bobs: 4 },
  );
});

test('a version that departs a second time is followed there too', async () => {
  await using world = new World();
  const three = await apart(world);
  await step(three, () => rename(three.alice, fromBob, 'bobs'));
  await tell(three.alice, three.carol);
  await step(three, () => write(three.alice, 'bobs', 6));
  await step(three, () => write(three.carol, 'bobs', 7));
  await tell(three.alice, three.carol);
  const [entry] = conflictsAt(three.carol);
  await step(three, () => rename(three.carol, entry ?? '', 'alices'));
  await step(three, () => write(three.alice, 'bobs', 8));
  for (const home of await meet(three.alice, three.bob, three.carol)) {
    expect(everything(home)).toEqual({ 'file.txt': 3, bobs: 7, alices: 8 });
  }
});

test('who knows where his version is writes to the file that he names', async () => {
  await using world = new World();
  const three = await apart(world);
  await step(three, () => rename(three.alice, fromBob, 'bobs'));
  await meet(three.alice, three.bob, three.carol);
  await step(three, () => write(three.bob, 'file.txt', 8));
  await step(three, () => write(three.carol, 'bobs', 9));
  for (const home of await meet(three.alice, three.bob, three.carol)) {
    expect(everything(home)).toEqual({ 'file.txt': 8, bobs: 9 });
    expect(home.replica.node(inodeAt(home, 'bobs'))?.heads).toHaveLength(1);
  }
});

test('the entry of a version that went into the file meanwhile is moved nowhere', async () => {
  await using world = new World();
  const three = await apart(world);
  // Carol's is younger than what alice saw beside the file, so that the file stays hers once bob's was laid over it.
  await tell(three.alice, three.bob);
  await step(three, () => write(three.bob, 'file.txt', 4, 'all'));
  await step(three, () => rename(three.alice, 'file.txt', 'other.txt'));
  for (const home of await meet(three.alice, three.bob, three.carol)) {
    expect(everything(home)).toEqual({ 'other.txt': 4 });
  }
});

test('what is younger than a removal of its file, and older than a removal of its entry, is kept', async () => {
  await using world = new World();
  const three = await apart(world);
  await step(three, () => unlink(three.alice, 'file.txt'));
  await step(three, () => write(three.bob, 'file.txt', 4));
  await step(three, () => unlink(three.alice, fromBob));
  for (const home of await meet(three.alice, three.bob, three.carol)) {
    expect(everything(home)).toEqual({ [fromBob]: 4 });
  }
});

test('of two versions written over one the younger goes with its entry, and later ones of the other stay', async () => {
  await using world = new World();
  const three = await apart(world);
  await step(three, () => write(three.bob, 'file.txt', 4));
  await tell(three.bob, three.carol);
  await step(three, () => write(three.carol, 'file.txt', 5));
  await step(three, () => rename(three.alice, fromBob, 'bobs'));
  await step(three, () => write(three.bob, 'file.txt', 6));
  for (const home of await meet(three.alice, three.bob, three.carol)) {
    expect(everything(home)).toEqual({ 'file.txt': 6, [fromAlice]: 3, bobs: 5 });
  }
});
