import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

interface Conflict {
  readonly path: string;
  readonly kind: 'versions' | 'names';
  readonly contenders: readonly { readonly path: string; readonly user: string | null }[];
}

// Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
describe.skipIf(reasonForNoMounts())('two people who worked while they were apart', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;
  let big: Buffer;

  beforeAll(async () => {
    network = await LiveNetwork.create('alice', { flavour: 'lan' });
    alice = network.first;
    bob = await network.join('bob');
    await network.connected(alice, bob);
    big = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 7919) % 251));
    for (const name of ['edited', 'saved', 'kept', 'taken', 'removed', 'moved', 'agreed']) {
      fs.writeFileSync(alice.path(`${name}.txt`), 'old');
    }
    fs.writeFileSync(alice.path('big'), big);
    await until('bob has all', () => Buffer.compare(read(bob, 'big'), big) === 0);
    await bob.stop();
    work(alice);
    await alice.stop();
    await bob.mount();
    work(bob);
    await alice.mount();
    await network.connected(alice, bob);
    await until('bob sees alice', () => fs.existsSync(bob.path('of-alice')));
    await until('alice sees bob', () => fs.existsSync(alice.path('of-bob')));
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('find both versions of what both edited, with the bytes, on both sides', () => {
    for (const peer of [alice, bob]) {
      expect(textsOf(peer, 'edited')).toEqual(['by alice', 'by bob']);
      const [byBob, byAlice] = namesOf(peer, 'big')
        .toSorted()
        .map((name) => read(peer, name));
      expect(byBob?.equals(Buffer.concat([Buffer.from('bob'), big.subarray(3)]))).toBe(true);
      expect(byAlice?.equals(Buffer.concat([Buffer.from('alice'), big.subarray(5)]))).toBe(true);
    }
  });

  test('find both files where both saved by renaming a new one over the old', () => {
    for (const peer of [alice, bob]) expect(textsOf(peer, 'saved')).toEqual(['by alice', 'by bob']);
  });

  test('find one file where both did the same', () => {
    for (const peer of [alice, bob]) expect(textsOf(peer, 'agreed')).toEqual(['by both']);
  });

  test('are told of it by an attribute', () => {
    for (const name of namesOf(alice, 'edited')) {
      expect(xattr(alice.path(name))).toBe('conflict');
    }
    expect(xattr(alice.path('of-bob'))).toBeUndefined();
  });

  test('list the conflicts, and see one in full', async () => {
    const found = JSON.parse(await alice.must('conflicts', '--json')) as Conflict[];
    const edited = found.find(({ path }) => path === '/edited.txt');
    expect(edited?.kind).toBe('versions');
    expect(edited?.contenders.map(({ user }) => user)).toEqual(['bob', 'alice']);
    const list = await alice.must('conflicts');
    expect(list).toContain(`${alice.path('edited.txt')}: 2 versions of one file\n`);
    expect(list).toMatch(/take PATH.*keep-both PATH/);
    const shown = await alice.must('conflicts', 'show', alice.path('edited.txt'));
    expect(shown).toContain(`inode:${fs.statSync(alice.path('edited.txt')).ino}`);
  });

  test('take one of two versions', async () => {
    const beside = besideOf(bob, 'taken');
    await alice.must('conflicts', 'take', alice.path(beside));
    for (const peer of [alice, bob]) {
      await until('it is the only one', () => namesOf(peer, 'taken').length === 1);
      await until('it has its bytes', () => read(peer, 'taken.txt').toString() === 'by alice');
    }
  });

  test('keep both', async () => {
    await bob.must('conflicts', 'keep-both', '/kept.txt');
    for (const peer of [alice, bob]) {
      await until('it is settled', async () => !(await conflicts(peer)).includes('/kept.txt'));
      expect(textsOf(peer, 'kept')).toEqual(['by alice', 'by bob']);
    }
  });

  test('remove what stands beside the name as any file', async () => {
    const beside = besideOf(alice, 'removed');
    fs.unlinkSync(alice.path(beside));
    for (const peer of [alice, bob]) {
      await until('it is gone', () => !fs.existsSync(peer.path(beside)));
      expect(textsOf(peer, 'removed')).toEqual(['by bob']);
    }
    expect(await conflicts(bob)).not.toContain('/removed.txt');
  });

  test('move what stands beside the name over it, or away from it', async () => {
    const beside = besideOf(alice, 'moved');
    execFileSync('mv', [alice.path(beside), alice.path('moved.txt')]);
    for (const peer of [alice, bob]) {
      await until('it has the name', () => !fs.existsSync(peer.path(beside)));
      expect(textsOf(peer, 'moved')).toEqual(['by alice']);
    }
  });

  test('are told in one sentence what cannot be', async () => {
    const nothing = await alice.run('conflicts', 'take', alice.path('nothing'));
    expect(nothing.exitCode).toBe(3);
    expect(nothing.stderr).toMatch(
      /^peerfuse: There is nothing at .*nothing in the network's tree\.\n$/,
    );
    const plain = await alice.run('conflicts', 'show', '/of-bob');
    expect(plain.exitCode).toBe(3);
    expect(plain.stderr).toContain('is in no conflict');
    expect((await alice.run('conflicts', 'take')).exitCode).toBe(2);
  });

  test('have homes in which nothing is wrong', async () => {
    for (const peer of [alice, bob]) expect(await peer.must('check')).toContain('no problem');
  });
});

describe.skipIf(reasonForNoMounts())('two people who are connected', () => {
  test('write to one file at once, each in his part and both at its end, and there is no conflict', async () => {
    await using network = await LiveNetwork.create('alice', { flavour: 'lan' });
    const alice = network.first;
    const bob = await network.join('bob');
    await network.connected(alice, bob);
    fs.writeFileSync(alice.path('parts'), '.'.repeat(200_000));
    fs.writeFileSync(alice.path('log'), 'start\n');
    await until('bob has both', () => read(bob, 'log').length === 6);
    await until('bob has both', () => read(bob, 'parts').length === 200_000);
    const rounds = 60;
    await Promise.all([editAtOnce(alice, 0, rounds), editAtOnce(bob, 100_000, rounds)]);
    const logs = (peer: LivePeer) => read(peer, 'log').toString();
    await until('both have one version', async () => {
      const isOne = logs(alice) === logs(bob) && read(alice, 'parts').equals(read(bob, 'parts'));
      return isOne && (await conflicts(alice)).length === 0;
    });
    expect(fs.readdirSync(bob.mountpoint).toSorted()).toEqual(['log', 'parts']);
    const numbers = Array.from({ length: rounds }, (_, round) => String(round).padStart(3, '0'));
    const lines = numbers.flatMap((number) => [`alice ${number}`, `bob ${number}`]);
    expect(logs(alice).trimEnd().split('\n').toSorted()).toEqual([...lines, 'start'].toSorted());
    const parts = read(alice, 'parts').toString();
    for (const [round, number] of numbers.entries()) {
      expect(parts.slice(round * 1_500, round * 1_500 + 9)).toBe(`alice ${number}`);
      expect(parts.slice(100_000 + round * 1_500, 100_000 + round * 1_500 + 7)).toBe(
        `bob ${number}`,
      );
    }
  });
});

/** In a process of its own, so that two of them run at the same time. */
function editAtOnce(peer: LivePeer, start: number, rounds: number): Promise<void> {
  const program = [
    'import os, sys',
    'folder, name, start, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])',
    'for round in range(rounds):',
    "    text = ('%s %03d' % (name, round)).encode()",
    "    parts = os.open(folder + '/parts', os.O_RDWR)",
    '    os.pwrite(parts, text, start + round * 1500)',
    '    os.close(parts)',
    "    with open(folder + '/log', 'ab') as log: log.write(text + b'\\n')",
  ].join('\n');
  const parameters = [peer.mountpoint, peer.name, String(start), String(rounds)];
  return promisify(execFile)('python3', ['-c', program, ...parameters]).then(() => undefined);
}

function work(peer: LivePeer): void {
  const text = `by ${peer.name}`;
  for (const name of ['edited', 'kept', 'taken', 'removed', 'moved']) {
    fs.writeFileSync(peer.path(`${name}.txt`), text);
  }
  fs.writeFileSync(peer.path('agreed.txt'), 'by both');
  fs.writeFileSync(peer.path('.saved.swp'), text);
  fs.renameSync(peer.path('.saved.swp'), peer.path('saved.txt'));
  const handle = fs.openSync(peer.path('big'), 'r+');
  fs.writeSync(handle, peer.name, 0);
  fs.closeSync(handle);
  fs.writeFileSync(peer.path(`of-${peer.name}`), '');
}

function namesOf(peer: LivePeer, start: string): string[] {
  return fs.readdirSync(peer.mountpoint).filter((name) => name.startsWith(start));
}

/** The name that does not have what it wanted. */
function besideOf(peer: LivePeer, start: string): string {
  const name = namesOf(peer, start).find((one) => one.includes('conflict'));
  if (name === undefined) throw new Error(`nothing stands beside ${start}`);
  return name;
}

function textsOf(peer: LivePeer, start: string): string[] {
  return namesOf(peer, start)
    .map((name) => read(peer, name).toString())
    .toSorted();
}

function read(peer: LivePeer, name: string): Buffer {
  try {
    return fs.readFileSync(join(peer.mountpoint, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

async function conflicts(peer: LivePeer): Promise<string[]> {
  const found = JSON.parse(await peer.must('conflicts', 'list', '--json')) as Conflict[];
  return found.map(({ path }) => path);
}

/** Node has no call for it; Python has. */
function xattr(path: string): string | undefined {
  const program = [
    'import os, sys',
    'names = os.listxattr(sys.argv[1])',
    "print(os.getxattr(sys.argv[1], 'user.peerfuse.state').decode() if names else '')",
  ].join('\n');
  const said = execFileSync('python3', ['-c', program, path], { encoding: 'utf8' }).trim();
  return said === '' ? undefined : said;
}
