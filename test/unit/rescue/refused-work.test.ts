import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sentencesOfKept, whatIsKept } from '../../../src/rescue/whats-kept.ts';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import { World } from '../../support/world/world.ts';

// What its author had no right to any more when the others came to know of it, on `net`: nobody sees it, and it is kept for him.

test('an edit of a file that was closed to its author is kept for him as a plain file', async () => {
  await using world = await openTo('bob', 'sub/doc');
  await closedMeanwhile(world, 'sub/doc', () => bob(world).write('sub/doc', 'from bob'));
  expect(await bob(world).read('sub/doc')).toBe('of alice');
  expect(rescued(world)).toEqual({ 'sub/doc': 'from bob' });
  expect(statSync(join(filesOf(world), 'sub/doc')).mode & 0o777).toBe(0o600);
  expect(rescued(world, 'alice')).toEqual({});
});

test('status names the folder until the files are taken out of it', async () => {
  await using world = await openTo('bob', 'doc');
  await closedMeanwhile(world, 'doc', () => bob(world).write('doc', 'from bob'));
  const kept = await whatIsKept(bob(world).run.rescuer);
  expect(kept).toMatchObject({ files: 1, changes: 0 });
  expect(sentencesOfKept(kept)).toEqual([expect.stringContaining('1 file that you changed')]);
  rmSync(join(bob(world).folder, 'rescued'), { recursive: true });
  expect(sentencesOfKept(await whatIsKept(bob(world).run.rescuer))).toEqual([]);
  await world.restart('bob');
  await world.settle();
  expect(await whatIsKept(bob(world).run.rescuer)).toMatchObject({ files: 0, changes: 0 });
});

test('files made in a folder that was closed are kept, with the folders they were in', async () => {
  await using world = new World(['alice', 'bob'], { flavour: 'net' });
  alice(world).mkdir('d', 0o777);
  await world.settle();
  world.offline('bob');
  await alice(world).chmod('d', 0o755);
  await world.pass(1000);
  await bob(world).write('d/new', 'new');
  bob(world).mkdir('d/more');
  await bob(world).write('d/more/deep', 'deep');
  await bob(world).write('d/more/empty', '');
  bob(world).symlink('d/more/link', 'deep');
  world.online('bob');
  await world.settle();
  expect(bob(world).list('d')).toEqual([]);
  expect(rescued(world)).toEqual({ 'd/new': 'new', 'd/more/deep': 'deep', 'd/more/empty': '' });
  expect(changes(world)).toEqual(['making /d/more/link, a link to deep']);
});

test('what an editor saved under another name and moved over the file is kept under its last name', async () => {
  await using world = new World(['alice', 'bob'], { flavour: 'net' });
  alice(world).mkdir('d', 0o777);
  await alice(world).write('d/doc', 'old');
  await world.settle();
  await bob(world).read('d/doc');
  world.offline('bob');
  await alice(world).chmod('d', 0o755);
  await world.pass(1000);
  await bob(world).write('d/.doc.new', 'from bob');
  bob(world).rename('d/.doc.new', 'd/doc');
  world.online('bob');
  await world.settle();
  expect(await bob(world).read('d/doc')).toBe('old');
  expect(rescued(world)).toEqual({ 'd/doc': 'from bob' });
});

test('a removal, a rename and a change of mode that came to nothing are named', async () => {
  await using world = new World(['alice', 'bob'], { flavour: 'net' });
  alice(world).mkdir('d', 0o777);
  await alice(world).write('d/one', '1');
  await alice(world).write('d/two', '2');
  await world.settle();
  world.offline('bob');
  await alice(world).chmod('d', 0o755);
  await world.pass(1000);
  bob(world).unlink('d/one');
  bob(world).rename('d/two', 'd/three');
  world.online('bob');
  await world.settle();
  expect(changes(world)).toEqual(['removing /d/one', 'moving /d/two to /d/three']);
  const kept = await whatIsKept(bob(world).run.rescuer);
  expect(sentencesOfKept(kept)).toEqual([
    expect.stringMatching(/^2 changes of yours had no effect.*removing \/d\/one/),
  ]);
});

test('an edit that turns out to be allowed has its bytes again everywhere', async () => {
  await using world = await openTo('bob', 'doc');
  world.add('carol');
  await world.settle();
  await world.peer('carol').read('doc');
  world.offline('bob');
  await alice(world).chmod('doc', 0o644);
  await world.settle();
  world.offline('alice');
  await world.pass(1000);
  await alice(world).chmod('doc', 0o666);
  await world.pass(1000);
  await bob(world).write('doc', 'from bob');
  // Carol knows only that it was closed.
  world.online('bob');
  await world.settle();
  expect(await bob(world).read('doc')).toBe('of alice');
  expect(rescued(world)).toEqual({ doc: 'from bob' });
  world.online('alice');
  await world.settle();
  await world.advance(20_000);
  for (const name of ['bob', 'alice', 'carol']) {
    expect(await world.peer(name).read('doc')).toBe('from bob');
  }
});

test('a file that turns out to be allowed is there again with its bytes', async () => {
  await using world = new World(['alice', 'bob', 'carol'], { flavour: 'net' });
  alice(world).mkdir('d', 0o777);
  await world.settle();
  world.offline('bob');
  await alice(world).chmod('d', 0o755);
  await world.settle();
  world.offline('alice');
  await world.pass(1000);
  await alice(world).chmod('d', 0o777);
  await world.pass(1000);
  await bob(world).write('d/new', 'from bob');
  world.online('bob');
  await world.settle();
  expect(bob(world).list('d')).toEqual([]);
  world.online('alice');
  await world.settle();
  for (const name of ['bob', 'alice', 'carol']) {
    expect(await world.peer(name).read('d/new')).toBe('from bob');
  }
});

test('what is refused while it is open is kept, its writer is told, and the file goes back', async () => {
  await using world = await openTo('bob', 'doc');
  const open = await bob(world).open('doc', 'change');
  world.offline('bob');
  await alice(world).chmod('doc', 0o644);
  world.online('bob');
  await world.settle();
  await open.write('from bob', 0);
  await expect(open.close()).rejects.toEqual(expect.any(PosixError));
  await world.settle();
  expect(await bob(world).read('doc')).toBe('of alice');
  expect(rescued(world)).toEqual({ doc: 'from bob' });
  expect(bob(world).run.fileSystem.unpublishedFiles).toBe(0);
});

test('of a large file of which little is here, that is kept, and it is said what is not', async () => {
  await using world = new World(['alice', 'bob'], { flavour: 'net' });
  await alice(world).write('film', Buffer.alloc(8 * 1024 * 1024, 'a'), 0o666);
  await world.settle();
  const open = await bob(world).open('film', 'change');
  await open.write('b'.repeat(100), 65_536);
  await open.close();
  await world.settle();
  world.offline('bob');
  await alice(world).chmod('film', 0o644);
  await world.pass(1000);
  const again = await bob(world).open('film', 'change');
  await again.write('c'.repeat(100), 65_536);
  await again.close();
  world.online('bob');
  await world.settle();
  const bytes = readFileSync(join(filesOf(world), 'film'));
  expect(bytes).toHaveLength(8 * 1024 * 1024);
  expect(bytes.toString('latin1', 65_536, 65_736)).toBe('c'.repeat(100) + 'a'.repeat(100));
  expect(changes(world)).toEqual([expect.stringMatching(/^\d+ bytes of files\/film are zeros/)]);
});

test('what was refused before a crash is kept at the next start', async () => {
  await using world = await openTo('bob', 'doc');
  world.offline('bob');
  await alice(world).chmod('doc', 0o644);
  await world.pass(1000);
  await bob(world).write('doc', 'from bob');
  world.online('bob');
  while (bob(world).run.replica.refusedVersions(bob(world).inode('doc')).length === 0) {
    if (!world.wires.deliverNext()) await world.few(1);
  }
  expect(rescued(world)).toEqual({});
  await world.crash('bob');
  await world.settle();
  expect(rescued(world)).toEqual({ doc: 'from bob' });
  expect(await bob(world).read('doc')).toBe('of alice');
});

test('a second version of one name does not replace the first', async () => {
  await using world = await openTo('bob', 'doc');
  await closedMeanwhile(world, 'doc', () => bob(world).write('doc', 'first'));
  await alice(world).chmod('doc', 0o666);
  await world.settle();
  await closedMeanwhile(world, 'doc', () => bob(world).write('doc', 'second'));
  expect(rescued(world)).toEqual({ doc: 'first', 'doc (2)': 'second' });
});

async function openTo(_who: string, path: string): Promise<World> {
  const world = new World(['alice', 'bob'], { flavour: 'net' });
  const folder = path.split('/').slice(0, -1).join('/');
  if (folder !== '') alice(world).mkdir(folder, 0o777);
  await alice(world).write(path, 'of alice', 0o666);
  await alice(world).chmod(path, 0o666);
  await world.settle();
  await bob(world).read(path);
  return world;
}

async function closedMeanwhile(
  world: World,
  path: string,
  work: () => Promise<void>,
): Promise<void> {
  world.offline('bob');
  await alice(world).chmod(path, 0o644);
  await world.pass(1000);
  await work();
  world.online('bob');
  await world.settle();
}

const alice = (world: World) => world.peer('alice');
const bob = (world: World) => world.peer('bob');
const filesOf = (world: World, name = 'bob') => join(world.peer(name).folder, 'rescued/files');

/** Text by path. */
function rescued(world: World, name = 'bob'): Record<string, string> {
  const folder = filesOf(world, name);
  if (!existsSync(folder)) return {};
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function changes(world: World): string[] {
  const path = join(bob(world).folder, 'rescued/changes.txt');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(1, -1);
  return lines.map((line) => line.replace(/^\S+ \S+ UTC: /, ''));
}
