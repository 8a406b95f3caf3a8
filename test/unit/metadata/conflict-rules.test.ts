import { expect, test } from 'vitest';
import { rootInode } from '../../../src/metadata/ids.ts';
import { nameForPeople, nameFromText } from '../../../src/metadata/name.ts';
import { withNote } from '../../../src/metadata/conflict-name.ts';
import {
  alice,
  bob,
  type Both,
  everything,
  inodeAt,
  link,
  meet,
  removeDirectory,
  rename,
  swap,
  together,
  unlink,
  write,
} from '../../support/apart.ts';
import {
  make,
  makeDirectory,
  must,
  namesIn,
  perform,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';

test('a move that would put a directory inside itself does nothing', async () => {
  await using world = new World();
  const homes = await together(
    world,
    (home) => ['a', 'b'].forEach((name) => makeDirectory(home, name)),
    [({ older }) => rename(older, 'a', 'b/a'), ({ younger }) => rename(younger, 'b', 'a/b')],
  );
  for (const home of homes) {
    expect(namesIn(home)).toEqual(['b']);
    expect(namesIn(home, inodeAt(home, 'b'))).toEqual(['a']);
  }
});

test('two directories created under one name become one', async () => {
  await using world = new World();
  const homes = await together(world, () => undefined, [
    ({ older }) => make(older, 'from alice', makeDirectory(older, 'photos')),
    ({ younger }) => make(younger, 'from bob', makeDirectory(younger, 'photos')),
  ]);
  for (const home of homes) {
    expect(namesIn(home)).toEqual(['photos']);
    expect(namesIn(home, inodeAt(home, 'photos'))).toEqual(['from alice', 'from bob']);
  }
});

test('a file and a directory of one name stand beside each other', async () => {
  await using world = new World();
  const homes = await together(world, () => undefined, [
    ({ older }) => make(older, 'x'),
    ({ younger }) => make(younger, 'inside', makeDirectory(younger, 'x')),
  ]);
  for (const home of homes) {
    expect(namesIn(home)).toEqual(['x', 'x (conflict, bob, 2026-01-01)']);
    expect(namesIn(home, inodeAt(home, 'x (conflict, bob, 2026-01-01)'))).toEqual(['inside']);
  }
});

test('a rename replaces only what its author saw', async () => {
  await using world = new World();
  const homes = await together(world, (home) => void make(home, 'draft'), [
    ({ older }) => make(older, 'final'),
    ({ younger }) => rename(younger, 'draft', 'final'),
  ]);
  for (const home of homes) {
    expect(namesIn(home)).toEqual(['final', 'final (conflict, bob, 2026-01-01)']);
  }
});

test('saving by renaming a temporary file works although another has a temporary file of that name', async () => {
  await using world = new World();
  const homes = await together(world, (home) => void make(home, 'document'), [
    ({ older }) => make(older, 'temporary'),
    ({ younger }) => make(younger, 'temporary'),
    ({ younger }) => rename(younger, 'temporary', 'document'),
  ]);
  for (const home of homes) expect(namesIn(home)).toEqual(['document', 'temporary']);
});

test('unlink removes only the file that its author saw', async () => {
  await using world = new World();
  const homes = await together(world, (home) => void make(home, 'file'), [
    ({ older }) => unlink(older, 'file'),
    ({ older }) => make(older, 'file'),
    ({ younger }) => unlink(younger, 'file'),
  ]);
  for (const home of homes) expect(namesIn(home)).toEqual(['file']);
});

test('a directory that was removed comes back for what was put into it', async () => {
  await using world = new World();
  const homes = await together(world, (home) => makeDirectory(home, 'folder'), [
    ({ older }) => removeDirectory(older, 'folder'),
    ({ younger }) => make(younger, 'kept', inodeAt(younger, 'folder')),
  ]);
  for (const home of homes) expect(namesIn(home, inodeAt(home, 'folder'))).toEqual(['kept']);
});

test('a directory into which something was put first is not removed', async () => {
  await using world = new World();
  const homes = await together(world, (home) => makeDirectory(home, 'folder'), [
    ({ older }) => make(older, 'kept', inodeAt(older, 'folder')),
    ({ younger }) => removeDirectory(younger, 'folder'),
  ]);
  for (const home of homes) expect(namesIn(home, inodeAt(home, 'folder'))).toEqual(['kept']);
});

test('an edit brings back a file that was removed before it', async () => {
  await using world = new World();
  const homes = await together(world, (home) => void make(home, 'file'), [
    ({ older }) => unlink(older, 'file'),
    ({ younger }) => write(younger, inodeAt(younger, 'file'), 9),
  ]);
  for (const home of homes) {
    expect(home.replica.node(inodeAt(home, 'file'))?.heads).toMatchObject([{ size: 9 }]);
  }
});

test('the later change of an attribute wins', async () => {
  await using world = new World();
  const setMode = (home: TestHome, mode: number) => {
    const rest = { uid: null, gid: null, atime: null, mtime: null };
    must(home, { kind: 'set-attributes', inode: inodeAt(home, 'file'), mode, ...rest });
  };
  const homes = await together(world, (home) => void make(home, 'file'), [
    ({ older }) => setMode(older, 0o600),
    ({ younger }) => setMode(younger, 0o640),
  ]);
  for (const home of homes) expect(home.replica.node(inodeAt(home, 'file'))?.mode).toBe(0o640);
});

type Step = (both: Both) => void;

/** What holds whoever was first: the same things in either order. */
async function inEitherOrder(
  shared: (home: TestHome) => void,
  one: Step,
  other: Step,
  expected: (home: TestHome, otherWasFirst: boolean) => void,
): Promise<void> {
  for (const otherFirst of [false, true]) {
    await using world = new World();
    const turned: Step = (both) => other({ older: both.younger, younger: both.older });
    const steps = otherFirst ? [turned, one] : [one, turned];
    const homes = await together(world, shared, steps);
    for (const home of homes) expected(home, otherFirst);
  }
}

test('of two moves of one file the younger wins', async () => {
  await inEitherOrder(
    (home) => write(home, make(home, 'file'), 1),
    ({ older }) => rename(older, 'file', 'by alice'),
    ({ older }) => rename(older, 'file', 'by bob'),
    (home, bobFirst) => expect(everything(home)).toEqual({ [bobFirst ? 'by alice' : 'by bob']: 1 }),
  );
});

test('of two moves of one directory the younger wins, with all that is in it', async () => {
  await inEitherOrder(
    (home) => {
      for (const name of ['a', 'b', 'c']) makeDirectory(home, name);
      make(home, 'file', inodeAt(home, 'c'));
    },
    ({ older }) => rename(older, 'c', 'a/c'),
    ({ older }) => rename(older, 'c', 'b/c'),
    (home, bobFirst) =>
      expect(everything(home)).toEqual({
        ...{ 'a/': null, 'b/': null },
        ...(bobFirst ? { 'a/c/': null, 'a/c/file': 0 } : { 'b/c/': null, 'b/c/file': 0 }),
      }),
  );
});

test('moves that together would make a circle of three directories leave the youngest out', async () => {
  await using world = new World();
  const homes = [alice, bob, testDevice(3, 'carol')].map((who) => world.open(who));
  for (const name of ['a', 'b', 'c']) makeDirectory(homes[0] as TestHome, name);
  await meet(...homes);
  for (const [index, [from, to]] of [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ].entries()) {
    world.clock.advance(10);
    rename(homes[index] as TestHome, from as string, `${to}/${from}`);
  }
  for (const home of await meet(...homes)) {
    expect(everything(home)).toEqual({ 'c/': null, 'c/b/': null, 'c/b/a/': null });
  }
});

test('a move beats a removal', async () => {
  await inEitherOrder(
    (home) => write(home, make(home, 'file'), 1),
    ({ older }) => unlink(older, 'file'),
    ({ older }) => rename(older, 'file', 'moved'),
    (home) => expect(everything(home)).toEqual({ moved: 1 }),
  );
  await inEitherOrder(
    (home) => makeDirectory(home, 'folder'),
    ({ older }) => removeDirectory(older, 'folder'),
    ({ older }) => rename(older, 'folder', 'moved'),
    (home) => expect(everything(home)).toEqual({ 'moved/': null }),
  );
});

test('an edit beats a removal and a replacement', async () => {
  await inEitherOrder(
    (home) => write(home, make(home, 'file'), 1),
    ({ older }) => unlink(older, 'file'),
    ({ older }) => write(older, 'file', 2),
    (home) => expect(everything(home)).toEqual({ file: 2 }),
  );
  await inEitherOrder(
    (home) => {
      write(home, make(home, 'file'), 1);
      write(home, make(home, 'draft'), 5);
    },
    ({ older }) => rename(older, 'draft', 'file'),
    ({ older }) => write(older, 'file', 2),
    (home) => expect(new Set(Object.values(everything(home)))).toEqual(new Set([2, 5])),
  );
});

test('a file of two names that was edited loses the name that somebody removed', async () => {
  await inEitherOrder(
    (home) => {
      write(home, make(home, 'file'), 1);
      link(home, 'file', 'other');
    },
    ({ older }) => unlink(older, 'file'),
    ({ older }) => write(older, 'file', 2),
    (home) => expect(everything(home)).toEqual({ other: 2 }),
  );
});

test('names of one file are added and removed independently', async () => {
  await inEitherOrder(
    (home) => write(home, make(home, 'file'), 1),
    ({ older }) => link(older, 'file', 'by alice'),
    ({ older }) => {
      link(older, 'file', 'by bob');
      unlink(older, 'file');
    },
    (home) => {
      expect(everything(home)).toEqual({ 'by alice': 1, 'by bob': 1 });
      expect(home.replica.node(inodeAt(home, 'by bob'))?.links).toBe(2);
    },
  );
});

test('what both removed is gone, without a word', async () => {
  await inEitherOrder(
    (home) => void make(home, 'file'),
    ({ older }) => unlink(older, 'file'),
    ({ older }) => unlink(older, 'file'),
    (home) => expect(everything(home)).toEqual({}),
  );
});

test('something made several levels inside what was removed brings back all of them', async () => {
  await inEitherOrder(
    (home) => {
      const b = makeDirectory(home, 'b', makeDirectory(home, 'a'));
      make(home, 'old', makeDirectory(home, 'c', b));
    },
    ({ older }) => {
      unlink(older, 'a/b/c/old');
      for (const path of ['a/b/c', 'a/b', 'a']) removeDirectory(older, path);
    },
    ({ older }) => make(older, 'new', inodeAt(older, 'a/b/c')),
    (home) =>
      expect(everything(home)).toEqual({
        ...{ 'a/': null, 'a/b/': null, 'a/b/c/': null, 'a/b/c/new': 0 },
      }),
  );
});

test('what both swapped by way of a third name is swapped once', async () => {
  const turn: Step = ({ older }) => {
    rename(older, 'a', 'aside');
    rename(older, 'b', 'a');
    rename(older, 'aside', 'b');
  };
  await inEitherOrder(
    (home) => ['a', 'b'].forEach((name, index) => write(home, make(home, name), index + 1)),
    turn,
    turn,
    (home) => expect(everything(home)).toEqual({ a: 2, b: 1 }),
  );
});

test('a swap of which one side was moved away does nothing', async () => {
  await inEitherOrder(
    (home) => ['a', 'b'].forEach((name, index) => write(home, make(home, name), index + 1)),
    ({ older }) => swap(older, 'a', 'b'),
    ({ older }) => rename(older, 'a', 'c'),
    (home, moveFirst) =>
      expect(everything(home)).toEqual(moveFirst ? { c: 1, b: 2 } : { a: 2, c: 1 }),
  );
});

test('a move into a directory that was removed brings it back', async () => {
  await inEitherOrder(
    (home) => {
      makeDirectory(home, 'folder');
      write(home, make(home, 'file'), 1);
    },
    ({ older }) => removeDirectory(older, 'folder'),
    ({ older }) => rename(older, 'file', 'folder/file'),
    (home) => expect(everything(home)).toEqual({ 'folder/': null, 'folder/file': 1 }),
  );
});

test('who sees that a name is taken is refused instead', async () => {
  await using world = new World();
  const home = world.open(alice);
  const inode = make(home, 'file');
  const again = { kind: 'link', inode: make(home, 'other'), parent: rootInode } as const;
  expect(perform(home, { ...again, name: nameFromText('file') })?.code).toBe('EEXIST');
  unlink(home, 'file');
  expect(perform(home, { ...again, inode, name: nameFromText('back') })?.code).toBe('ENOENT');
});

test('a conflict name keeps the extension and stays within 255 bytes, cut between characters', () => {
  const note = ' (conflict, bob, 2026-01-01)';
  const noted = (name: string) => nameForPeople(withNote(nameFromText(name), note));
  expect(noted('song.mp3')).toBe(`song${note}.mp3`);
  expect(noted('.profile')).toBe(`.profile${note}`);
  expect(noted('No. 5 is a long title')).toBe(`No. 5 is a long title${note}`);
  const long = withNote(nameFromText('ä'.repeat(126) + '.ä'), note);
  expect(long.length).toBeLessThanOrEqual(255);
  expect(nameForPeople(long)).toMatch(/^ä+ \(conflict, bob, 2026-01-01\)\.ä$/);
});
