import { expect, test } from 'vitest';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { rootInode, type InodeId } from '../../../src/metadata/ids.ts';
import { nameForPeople, nameFromText } from '../../../src/metadata/name.ts';
import { withNote } from '../../../src/metadata/conflict-name.ts';
import type { Rename, SetContent } from '../../../src/metadata/operation.ts';
import {
  exchange,
  make,
  makeDirectory,
  must,
  namesIn,
  perform,
  shownVersion,
  testDevice,
  type TestHome,
  victimAt,
  World,
} from '../../support/replica-world.ts';

// Two people do things at once that do not go together; after an exchange both see the same, and nothing is lost.

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');

interface Both {
  readonly older: TestHome;
  readonly younger: TestHome;
}

/** `apart` runs with both apart; the clock goes on with each of its steps. */
async function together(
  world: World,
  shared: (home: TestHome) => void,
  apart: readonly ((both: Both) => void)[],
): Promise<readonly TestHome[]> {
  const both = { older: world.open(alice), younger: world.open(bob) };
  shared(both.older);
  await exchange(both.older, both.younger);
  for (const step of apart) {
    world.clock.advance(10);
    step(both);
  }
  await exchange(both.older, both.younger);
  for (const { replica } of [both.older, both.younger]) expect(checkTree(replica)).toEqual([]);
  return [both.older, both.younger];
}

function inodeAt(home: TestHome, ...path: string[]): InodeId {
  let inode = rootInode;
  for (const name of path) {
    const entry = home.replica.entry(inode, nameFromText(name));
    if (!entry) throw new Error(`${path.join('/')} is not there`);
    inode = entry.inode;
  }
  return inode;
}

function rename(home: TestHome, name: string, newParent: InodeId, newName: string): void {
  const fields: Rename = {
    ...{ kind: 'rename', parent: rootInode, name: nameFromText(name) },
    ...{ inode: inodeAt(home, name), newParent, newName: nameFromText(newName) },
    ...victimAt(home, newParent, nameFromText(newName)),
  };
  must(home, fields);
}

function remove(home: TestHome, kind: 'unlink' | 'remove-directory', name: string): void {
  const inode = inodeAt(home, name);
  const place = { parent: rootInode, name: nameFromText(name), inode };
  if (kind === 'remove-directory') must(home, { kind, ...place });
  else must(home, { kind, ...place, seen: shownVersion(home, inode) });
}

function write(home: TestHome, inode: InodeId, size: number): void {
  const heads = home.replica.node(inode)?.heads ?? [];
  const fields: SetContent = {
    ...{ kind: 'set-content', inode, supersedes: heads.map(({ id }) => id), size },
    ...{
      blockSize: 65_536,
      root: Buffer.alloc(32, size),
      mtime: { seconds: size, nanoseconds: 0 },
    },
    ...{ clearsPrivileges: false, beside: home.replica.newInode() },
  };
  must(home, fields);
}

test('a move that would put a directory inside itself does nothing', async () => {
  await using world = new World();
  const homes = await together(
    world,
    (home) => ['a', 'b'].forEach((name) => makeDirectory(home, name)),
    [
      ({ older }) => rename(older, 'a', inodeAt(older, 'b'), 'a'),
      ({ younger }) => rename(younger, 'b', inodeAt(younger, 'a'), 'b'),
    ],
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
    ({ younger }) => rename(younger, 'draft', rootInode, 'final'),
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
    ({ younger }) => rename(younger, 'temporary', rootInode, 'document'),
  ]);
  for (const home of homes) expect(namesIn(home)).toEqual(['document', 'temporary']);
});

test('unlink removes only the file that its author saw', async () => {
  await using world = new World();
  const homes = await together(world, (home) => void make(home, 'file'), [
    ({ older }) => remove(older, 'unlink', 'file'),
    ({ older }) => make(older, 'file'),
    ({ younger }) => remove(younger, 'unlink', 'file'),
  ]);
  for (const home of homes) expect(namesIn(home)).toEqual(['file']);
});

test('a directory that was removed comes back for what was put into it', async () => {
  await using world = new World();
  const homes = await together(world, (home) => makeDirectory(home, 'folder'), [
    ({ older }) => remove(older, 'remove-directory', 'folder'),
    ({ younger }) => make(younger, 'kept', inodeAt(younger, 'folder')),
  ]);
  for (const home of homes) expect(namesIn(home, inodeAt(home, 'folder'))).toEqual(['kept']);
});

test('a directory into which something was put first is not removed', async () => {
  await using world = new World();
  const homes = await together(world, (home) => makeDirectory(home, 'folder'), [
    ({ older }) => make(older, 'kept', inodeAt(older, 'folder')),
    ({ younger }) => remove(younger, 'remove-directory', 'folder'),
  ]);
  for (const home of homes) expect(namesIn(home, inodeAt(home, 'folder'))).toEqual(['kept']);
});

test('an edit brings back a file that was removed before it', async () => {
  await using world = new World();
  const homes = await together(world, (home) => void make(home, 'file'), [
    ({ older }) => remove(older, 'unlink', 'file'),
    ({ younger }) => write(younger, inodeAt(younger, 'file'), 9),
  ]);
  for (const home of homes) {
    expect(home.replica.node(inodeAt(home, 'file'))?.heads).toMatchObject([{ size: 9 }]);
  }
});

test('two edits are two heads, the youngest first, until one follows both', async () => {
  await using world = new World();
  const homes = await together(world, (home) => write(home, make(home, 'file'), 1), [
    ({ older }) => write(older, inodeAt(older, 'file'), 2),
    ({ younger }) => write(younger, inodeAt(younger, 'file'), 3),
  ]);
  const headsOf = (home: TestHome) => home.replica.node(inodeAt(home, 'file'))?.heads;
  for (const home of homes) expect(headsOf(home)).toMatchObject([{ size: 3 }, { size: 2 }]);
  const [older, younger] = homes as [TestHome, TestHome];
  write(older, inodeAt(older, 'file'), 4);
  await exchange(older, younger);
  expect(headsOf(younger)).toMatchObject([{ size: 4 }]);
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

test('who sees that a name is taken is refused instead', async () => {
  await using world = new World();
  const home = world.open(alice);
  const inode = make(home, 'file');
  const again = { kind: 'link', inode: make(home, 'other'), parent: rootInode } as const;
  expect(perform(home, { ...again, name: nameFromText('file') })?.code).toBe('EEXIST');
  remove(home, 'unlink', 'file');
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
