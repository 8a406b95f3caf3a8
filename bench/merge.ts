import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { defaultCheckpointLimits } from '../src/metadata/checkpoint/limits.ts';
import { rootInode, type InodeId } from '../src/metadata/ids.ts';
import { nameFromText } from '../src/metadata/name.ts';
import { type Clock, systemClock } from '../src/platform/clock.ts';
import {
  testDevice,
  type TestDevice,
  type TestHome,
  World,
} from '../test/support/replica-world.ts';
import { percentile } from './percentile.ts';
import type { Row } from './row.ts';

// Two peers that were apart, each having made as many operations as the other, meet. `node bench/merge.ts [operations]`

const bothMade = Number(process.argv[2] ?? 100_000);

/** As much as a peer tells in one message; see Synchroniser. */
const messageBytes = 512 * 1024;

/** Operations of the two alternate in time. */
const apartMs = 10;
const beganMs = Date.UTC(2026, 5, 1);

/** Nothing is folded meanwhile, which is another question. */
const checkpointLimits = { ...defaultCheckpointLimits, minimumOperations: Infinity };

type Case = 'commuting' | 'few of them colliding' | 'all colliding';

/** Time as fast as the operations, so that a month passes in a few seconds; what is measured is measured by the system's. */
class FastClock implements Clock {
  now: number;
  constructor(now: number) {
    this.now = now;
  }
  nowMs = () => this.now;
  monotonicMs = () => systemClock.monotonicMs();
  after: Clock['after'] = (delayMs, action) => systemClock.after(delayMs, action);
}

export function mergingWhatPeersMadeApart(): Row[] {
  const cases: Case[] = ['commuting', 'few of them colliding', 'all colliding'];
  return cases.flatMap((which) => {
    const folder = mkdtempSync(join(tmpdir(), 'peerfuse-merge-'));
    try {
      inAnotherProcess('make', which, folder, 'alice');
      inAnotherProcess('make', which, folder, 'bob');
      return JSON.parse(inAnotherProcess('meet', which, folder)) as Row[];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function inAnotherProcess(...parts: string[]): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    [import.meta.filename, String(bothMade), ...parts],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${parts.join(' ')} failed`);
  return stdout.trim().split('\n').at(-1) ?? '';
}

async function make(which: Case, folder: string, who: 'alice' | 'bob'): Promise<void> {
  await using world = new World();
  const clock = new FastClock(beganMs + (who === 'alice' ? 0 : apartMs / 2));
  const home = open(world, folder, who, clock);
  const parent = directoryOf(which, home, who);
  let inode: InodeId | undefined;
  for (let index = 0; index < bothMade; index += 1) {
    clock.now += apartMs;
    if (inode !== undefined && index % 2 === 1) setContent(home, inode, index);
    else inode = create(home, parent, nameOf(which, who, index));
    if (index % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
    if (index % 4096 === 0) await home.replica.flush();
  }
  await home.replica.flush();
}

/** Where all collide, each makes a directory of the same name, and these become one. */
function directoryOf(which: Case, home: TestHome, who: string): InodeId {
  if (which === 'few of them colliding') return rootInode;
  const name = which === 'all colliding' ? 'photos' : who;
  return create(home, rootInode, name, 'directory');
}

function nameOf(which: Case, who: string, index: number): string {
  const isShared = which === 'few of them colliding' && index % 40 === 0;
  return isShared ? `both-${index}` : `${who}-${index}`;
}

async function meet(which: Case, folder: string): Promise<Row[]> {
  await using world = new World();
  const clock = new FastClock(beganMs + bothMade * apartMs * 2);
  const alice = open(world, folder, 'alice', clock);
  const bob = open(world, folder, 'bob', clock);
  const ownBefore = ownMemory();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const turns = watchTurns();
  const meanwhile = performMeanwhile(bob, clock);
  delay.enable();
  const startMs = performance.now();
  let mostOwn = 0;
  const watch = setInterval(() => {
    mostOwn = Math.max(mostOwn, ownMemory());
  }, 100);
  await tellAll(alice, bob);
  const seconds = (performance.now() - startMs) / 1000;
  delay.disable();
  clearInterval(watch);
  const latencies = meanwhile();
  const turnMs = turns();
  const { undone, late, merges, reworked } = bob.replica.statistics;
  const question = `${bothMade} + ${bothMade} operations, ${which}`;
  const row = (what: string, value: number, unit: string): Row => ({
    ...{ question: `${question}: ${what}`, value, unit },
  });
  return [
    row('merged', bothMade / seconds, '/s'),
    row('undone', undone, ''),
    row('late, not undone', late, ''),
    row('reworked', reworked, ''),
    row('times', merges, ''),
    row('event loop held, p99', delay.percentile(99) / 1e6, 'ms'),
    row('event loop held, longest', delay.max / 1e6, 'ms'),
    row('local operations meanwhile', latencies.length, ''),
    row('local operation, p99', percentile(latencies, 0.99), 'ms'),
    row('local operation, longest', percentile(latencies, 1), 'ms'),
    row('processor time of a turn of the loop, p99', percentile(turnMs, 0.99), 'ms'),
    row('processor time of a turn of the loop, p99.9', percentile(turnMs, 0.999), 'ms'),
    row('processor time of a turn of the loop, longest', percentile(turnMs, 1), 'ms'),
    row('own memory before', ownBefore / 1e6, 'MB'),
    row('own memory at most', mostOwn / 1e6, 'MB'),
  ];
}

/** Without the pages of files, which are the kernel's cache: the database is mapped. */
function ownMemory(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** What each turn of the event loop cost the main thread, until the returned function is called: how long others had to wait for it. */
function watchTurns(): () => number[] {
  const samples: number[] = [];
  let last = process.threadCpuUsage();
  let running = true;
  const look = () => {
    const now = process.threadCpuUsage();
    samples.push((now.user + now.system - last.user - last.system) / 1000);
    last = now;
    if (running) setImmediate(look);
  };
  look();
  return () => {
    running = false;
    return samples;
  };
}

/** As a peer that asks for what it lacks until it has all. */
async function tellAll(from: TestHome, to: TestHome): Promise<void> {
  for (;;) {
    const missing = from.replica.batchesSince(to.replica.frontier(), messageBytes);
    const [last] = from.replica.batchesSince(
      new Map([
        ...to.replica.frontier(),
        ...missing.map(({ id }) => [id.device, id.sequence] as const),
      ]),
      1,
    );
    const bytes = missing.map((batch) => batch.bytes);
    await to.replica.accept(bytes, undefined, last !== undefined);
    if (last === undefined) return;
  }
}

/** Somebody works while the merge goes on. The times that each operation took. */
function performMeanwhile(home: TestHome, clock: FastClock): () => number[] {
  const latencies: number[] = [];
  let count = 0;
  const timer = setInterval(() => {
    clock.now += 1;
    count += 1;
    const startMs = performance.now();
    create(home, rootInode, `meanwhile-${count}`);
    latencies.push(performance.now() - startMs);
  }, 5);
  return () => {
    clearInterval(timer);
    return latencies;
  };
}

function open(world: World, folder: string, who: 'alice' | 'bob', clock: Clock): TestHome {
  const home = join(folder, who);
  mkdirSync(home, { recursive: true });
  return world.open(deviceOf(home, who), { folder: home, clock, checkpointLimits });
}

/** The same in every process. */
function deviceOf(home: string, who: 'alice' | 'bob'): TestDevice {
  const [keyFile, certificateFile] = [join(home, 'key.pem'), join(home, 'certificate')];
  const device = testDevice(who === 'alice' ? 1 : 2, who);
  if (existsSync(keyFile)) {
    const privateKey = createPrivateKey(readFileSync(keyFile));
    return { ...device, privateKey, certificate: readFileSync(certificateFile) };
  }
  writeFileSync(keyFile, device.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(certificateFile, device.certificate);
  return device;
}

function create(
  home: TestHome,
  parent: InodeId,
  name: string,
  type: 'file' | 'directory' = 'file',
): InodeId {
  const inode = home.replica.newInode();
  const { uid } = home.who;
  const refusal = home.replica.perform(
    { uid, gids: [uid] },
    {
      ...{ kind: 'create', inode, parent, name: nameFromText(name), type, mode: 0o755 },
      ...{ uid, gid: uid, rdev: 0, target: '' },
    },
  );
  if (refusal) throw new Error(refusal.reason);
  return inode;
}

function setContent(home: TestHome, inode: InodeId, index: number): void {
  const { uid } = home.who;
  const refusal = home.replica.perform(
    { uid, gids: [uid] },
    {
      ...{ kind: 'set-content', inode, supersedes: [], size: index, blockSize: 65_536 },
      ...{ root: Buffer.alloc(32, index), mtime: { seconds: index, nanoseconds: 0 } },
      ...{ clearsPrivileges: false, beside: home.replica.newInode() },
    },
  );
  if (refusal) throw new Error(refusal.reason);
}

if (import.meta.main) {
  const [part, which, folder, who] = process.argv.slice(3) as [
    'make' | 'meet' | undefined,
    Case,
    string,
    'alice' | 'bob',
  ];
  if (part === 'make') await make(which, folder, who);
  else if (part === 'meet') console.log(JSON.stringify(await meet(which, folder)));
  else console.table(mergingWhatPeersMadeApart());
}
