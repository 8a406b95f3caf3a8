import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { coordinatorOf } from '../../src/locks/rendezvous.ts';
import { Agent } from '../conformance/posix/agent.ts';
import { buildAgent } from '../conformance/posix/build-agent.ts';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { isMounted, type LivePeer, until } from '../support/live-peer.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const myself = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [] };

/** Each kind of lock, with the words by which the agent takes it, waits for it and lets go. */
const kinds = {
  'a lock of a process': ['setlk F F_WRLCK 0 0', 'setlkw F F_WRLCK 0 0', 'setlk F F_UNLCK 0 0'],
  'a lock of a description': [
    ...['ofd_setlk F F_WRLCK 0 0', 'ofd_setlkw F F_WRLCK 0 0', 'ofd_setlk F F_UNLCK 0 0'],
  ],
  'a lock of flock': ['flock F LOCK_EX|LOCK_NB', 'flock F LOCK_EX', 'flock F LOCK_UN'],
} as const;

// Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
describe.skipIf(reasonForNoMounts())('locks between the mounts of three machines', () => {
  const resources = new AsyncDisposableStack();
  let program: string;
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;
  let carol: LivePeer;
  let here: Agent;
  let there: Agent;
  let files = 0;

  beforeAll(async () => {
    program = await buildAgent(resources.use(temporaryDirectory()).path);
    network = resources.use(await LiveNetwork.create('alice', { flavour: 'lan' }));
    alice = network.first;
    bob = await network.join('bob');
    carol = await network.join('carol');
    await together(alice, bob, carol);
  });
  afterAll(() => resources.disposeAsync());

  beforeEach(async () => {
    [here, there] = [new Agent(program, myself), new Agent(program, myself)];
    await here.begin(alice.mountpoint);
    if (isMounted(bob.mountpoint)) await there.begin(bob.mountpoint);
  });
  afterEach(async () => {
    await here[Symbol.asyncDispose]();
    await there[Symbol.asyncDispose]();
  });

  /** Until all respect each other's locks. */
  async function together(...peers: LivePeer[]): Promise<void> {
    for (const peer of peers) {
      await until(`${peer.name} is among ${peers.length}`, async () => {
        const { locks } = await peer.status();
        return locks.amongPeers === peers.length && locks.awaitedPeers === 0;
      });
    }
  }

  /** A fresh file whose locks this peer coordinates, open at both agents as F. */
  async function openFile(coordinator: 1 | 2 | 3 = 1): Promise<string> {
    for (;;) {
      const name = `file-${++files}`;
      // Under its name it is there with its content, or not at all.
      fs.writeFileSync(alice.path('new'), 'x'.repeat(100));
      fs.renameSync(alice.path('new'), alice.path(name));
      const { ino } = fs.statSync(alice.path(name));
      if (coordinatorOf(ino, [1, 2, 3]) !== coordinator) continue;
      const isThere = () => sizeOf(bob.path(name)) === 100 && sizeOf(carol.path(name)) === 100;
      await until(`${name} is everywhere`, isThere);
      for (const agent of [here, there]) {
        expect(await agent.call(['open', name, 'O_RDWR', 'as', 'F'])).toMatch(/^\d+$/);
      }
      return name;
    }
  }

  async function openFileAlone(): Promise<void> {
    fs.writeFileSync(alice.path('alone'), 'x');
    await call(here, 'open alone O_RDWR as F');
  }

  const call = (agent: Agent, words: string): Promise<string> => agent.call(words.split(' '));

  describe.each(Object.entries(kinds))('%s', (_kind, [take, wait, letGo]) => {
    test.each([1, 2, 3] as const)(
      'excludes the other machine, when peer %i coordinates',
      async (coordinator) => {
        await openFile(coordinator);
        expect(await call(here, take)).toBe('0');
        expect(await call(there, take)).toBe('EAGAIN');
        there.start(wait.split(' '));
        expect(await there.waits()).toBe('waits');
        expect(await call(here, letGo)).toBe('0');
        expect(await there.answer()).toBe('0');
        expect(await call(here, take)).toBe('EAGAIN');
        expect(await call(there, letGo)).toBe('0');
        await until('it is free', async () => (await call(here, take)) === '0');
      },
    );

    test('ends with the process that holds it, and whoever waits gets it', async () => {
      await openFile(3);
      expect(await call(here, take)).toBe('0');
      there.start(wait.split(' '));
      expect(await there.waits()).toBe('waits');
      await here.die();
      expect(await there.answer()).toBe('0');
    });

    test('ends for a waiter with a signal, and then nobody has it', async () => {
      await openFile(3);
      expect(await call(here, take)).toBe('0');
      await call(there, 'handle SIGUSR1');
      there.start(wait.split(' '));
      expect(await there.waits()).toBe('waits');
      there.signal('SIGUSR1');
      expect(await there.answer()).toBe('EINTR');
      expect(await call(here, letGo)).toBe('0');
      expect(await call(here, take)).toBe('0');
    });

    test('is gone with a waiter that is killed', async () => {
      await openFile(2);
      expect(await call(here, take)).toBe('0');
      there.start(wait.split(' '));
      expect(await there.waits()).toBe('waits');
      await there.die();
      expect(await call(here, letGo)).toBe('0');
      expect(await call(here, take)).toBe('0');
    });
  });

  test('ranges of processes on different machines do not mind each other', async () => {
    await openFile(3);
    expect(await call(here, 'setlk F F_WRLCK 0 10')).toBe('0');
    expect(await call(there, 'setlk F F_WRLCK 10 10')).toBe('0');
    expect(await call(there, 'setlk F F_WRLCK 9 1')).toBe('EAGAIN');
    expect(await call(here, 'setlk F F_RDLCK 0 0')).toBe('EAGAIN');
    expect(await call(here, 'setlk F F_RDLCK 5 5')).toBe('0');
    expect(await call(there, 'setlk F F_RDLCK 5 5')).toBe('0');
  });

  test('a process on another machine that is in the way is named without a number', async () => {
    await openFile(2);
    expect(await call(here, 'setlk F F_WRLCK 5 5')).toBe('0');
    expect(await call(there, 'getlk F F_RDLCK 0 0')).toBe('write start=5 count=5 holder=process');
    expect(await call(here, 'getlk F F_RDLCK 0 0')).toBe('free');
  });

  test('whoever gets a lock reads what was written before it was let go', async () => {
    await openFile(3);
    for (let round = 0; round < 30; round++) {
      const [writer, reader] = round % 2 === 0 ? [here, there] : [there, here];
      const text = `round ${String(round).padStart(4, '0')}`;
      expect(await call(writer, 'setlkw F F_WRLCK 0 0')).toBe('0');
      expect(await writer.call(['pwrite', 'F', text, '0'])).toBe(String(text.length));
      expect(await call(writer, 'setlk F F_UNLCK 0 0')).toBe('0');
      expect(await call(reader, 'setlkw F F_RDLCK 0 0')).toBe('0');
      expect(await call(reader, `pread F ${text.length} 0`)).toBe(`"${text}"`);
      expect(await call(reader, 'setlk F F_UNLCK 0 0')).toBe('0');
    }
  });

  test('the program flock waits for the one on the other machine', async () => {
    const name = await openFile(3);
    const holding = spawn('flock', [alice.path(name), 'sh', '-c', 'echo got; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holding.stdout, 'data');
    const refused = await run('flock', ['-n', bob.path(name), 'true']).catch((error) => error);
    expect(refused.code).toBe(1);
    const waiting = run('flock', [bob.path(name), 'echo', 'mine']);
    holding.stdin.end('\n');
    expect((await waiting).stdout).toBe('mine\n');
  });

  test('two programs that count in one sqlite database on two machines lose no count', async () => {
    const database = (peer: LivePeer): string => peer.path('counter.db');
    await run('sqlite3', [
      database(alice),
      'create table counter(n); insert into counter values(0)',
    ]);
    await until('it is there', () => sizeOf(database(bob)) === sizeOf(database(alice)));
    await Promise.all([alice, bob].map((peer) => countIn(database(peer), 200)));
    const checked = await run('sqlite3', [
      database(bob),
      'pragma integrity_check; select n from counter',
    ]);
    expect(checked.stdout).toBe('ok\n400\n');
  });

  test('a daemon that is killed frees what its processes held, and takes nothing from others', async () => {
    const his = await openFile(2);
    await using witness = new Agent(program, myself);
    await witness.begin(carol.mountpoint);
    await call(witness, `open ${his} O_RDWR as H`);
    expect(await call(there, 'setlk F F_WRLCK 0 0')).toBe('0');
    expect(await call(witness, 'setlk H F_WRLCK 0 0')).toBe('EAGAIN');
    await call(here, `open ${his} O_RDWR as H`);
    const hers = await openFile(2);
    await call(witness, `open ${hers} O_RDWR as F`);
    expect(await call(here, 'setlk F F_WRLCK 0 0')).toBe('0');
    expect(await call(witness, 'setlk F F_WRLCK 0 0')).toBe('EAGAIN');
    witness.start(['setlkw', 'H', 'F_WRLCK', '0', '0']);
    expect(await witness.waits()).toBe('waits');
    await bob.crash();
    expect(await witness.answer()).toBe('0');
    expect(await call(here, 'setlk H F_WRLCK 0 0')).toBe('EAGAIN');
    // He coordinated this one: another one does now, and was told who holds it.
    expect(await call(witness, 'setlk F F_RDLCK 0 0')).toBe('EAGAIN');
    expect(await call(here, 'setlk F F_UNLCK 0 0')).toBe('0');
    expect(await call(witness, 'setlkw F F_RDLCK 0 0')).toBe('0');
  });

  test('a machine that is alone says that nobody else respects its locks', async () => {
    await openFileAlone();
    expect(await call(here, 'setlk F F_WRLCK 0 0')).toBe('0');
    await carol.crash();
    await together(alice);
    expect(await call(here, 'getlk F F_WRLCK 0 0')).toBe('free');
    expect(await alice.must('status')).toContain('1 held, respected by nobody else');
    expect(await alice.must('status')).toContain('! programs here hold locks');
  });
});

/** A program that adds one, as often as said, each time in a transaction of its own. */
async function countIn(database: string, times: number): Promise<void> {
  // Nothing is brought to the disk in between: only the locks see to it that the other one finds what was written.
  const head = '.timeout 60000\npragma synchronous = off;\n';
  const text = `${head}${'begin immediate; update counter set n = n + 1; commit;\n'.repeat(times)}`;
  const counting = spawn('sqlite3', ['-bail', database], { stdio: ['pipe', 'ignore', 'inherit'] });
  counting.stdin.end(text);
  const [code] = (await once(counting, 'exit')) as [number];
  expect(code).toBe(0);
}

function sizeOf(path: string): number {
  return fs.statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}
