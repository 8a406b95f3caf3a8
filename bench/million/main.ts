// A tree of a million entries: how soon the daemon answers, what memory it needs, how fast the tree is walked through. Prints a table, and on
// the last line the same as JSON.
//   --entries N     (1,000,000)
//   --home HOME     keeps the tree there, or uses the one that is there
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonForNoMounts } from '../../test/support/live-network.ts';
import { LivePeer } from '../../test/support/live-peer.ts';
import { percentile } from '../percentile.ts';
import { processorSeconds } from '../processor-time.ts';
import { type Row, table } from '../row.ts';
import { timeProgram, perSecond } from '../posix/work.ts';
import { makeTree } from './make-tree.ts';

const { values: options } = parseArgs({
  options: { entries: { type: 'string', default: '1000000' }, home: { type: 'string' } },
});

const aims = { readySeconds: 2, residentMegabytes: 600, entriesPerSecond: 200_000 };
const starts = 3;
const walks = 3;

const reason = reasonForNoMounts();
if (reason !== undefined) {
  console.error(`The benchmark needs real mounts, and ${reason}.`);
  process.exit(1);
}

const entries = Number(options.entries);
const directory = options.home ?? mkdtempSync(join(tmpdir(), 'peerfuse-million-'));
const peer = new LivePeer(directory, 'measured');
const empty = new LivePeer(directory, 'empty');
try {
  for (const each of [peer, empty]) if (!existsSync(each.home)) await found(each);
  const rows = [...(await starting()), ...(await walking())];
  console.log(`\n${table(rows)}\n`);
  console.log(JSON.stringify(rows));
} finally {
  for (const each of [peer, empty]) await each.destroy();
  if (options.home === undefined) rmSync(directory, { recursive: true, force: true });
}

async function found(each: LivePeer): Promise<void> {
  await each.must('network', 'create', 'garden', '--user', each.name, '--listen', '127.0.0.1:0');
  if (each === peer) await makeTree(peer.home, entries);
}

/** In turn with the daemon of an empty tree: the rest is what the entries cost. */
async function starting(): Promise<Row[]> {
  const seconds: number[] = [];
  const emptySeconds: number[] = [];
  const processor: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    emptySeconds.push(await mountSeconds(empty));
    await empty.stop();
    seconds.push(await mountSeconds(peer));
    processor.push(processorSeconds(peer.pid));
    if (start < starts - 1) await peer.stop();
  }
  const [yardstick, value] = [percentile(emptySeconds, 0.5), percentile(seconds, 0.5)];
  return [
    {
      ...{ question: `"peerfuse mount" of ${entries.toLocaleString('en')} entries`, unit: 's' },
      ...{ value, yardstick: { name: 'an empty tree', value: yardstick } },
    },
    {
      ...{ question: 'processor time of the daemon when it is ready', unit: 's' },
      ...{ value: percentile(processor, 0.5) },
    },
    { question: 'memory of the daemon when it is ready', ...againstAim('VmRSS') },
  ];
}

async function mountSeconds(each: LivePeer): Promise<number> {
  const start = performance.now();
  await each.must('mount', each.mountpoint);
  const seconds = (performance.now() - start) / 1000;
  await each.attach();
  return seconds;
}

async function walking(): Promise<Row[]> {
  const walk = () => perSecond(timeProgram(entries, 'find', peer.mountpoint));
  const aim = { name: 'aim', value: aims.entriesPerSecond };
  const first = walk();
  const warm = Array.from({ length: walks }, walk);
  return [
    { question: 'find, for the first time', unit: 'entries/s', value: first },
    {
      ...{ question: 'find, warm', unit: 'entries/s', value: percentile(warm, 0.5) },
      yardstick: aim,
    },
    { question: 'memory of the daemon afterwards', ...againstAim('VmRSS') },
    { question: 'of that its own', ...resident('RssAnon') },
    { question: "of that the database's, in the kernel's cache", ...resident('RssFile') },
    { question: 'memory of the daemon at most', ...againstAim('VmHWM') },
  ];
}

function againstAim(field: 'VmRSS' | 'VmHWM'): Pick<Row, 'value' | 'unit' | 'yardstick'> {
  return { ...resident(field), yardstick: { name: 'aim', value: aims.residentMegabytes } };
}

/**
 * `RssAnon` is what the daemon has for itself. `RssFile` is pages of files that the kernel holds in its cache in any case and takes back when
 * others need the room: nearly all of them the database's.
 */
function resident(field: 'VmRSS' | 'VmHWM' | 'RssAnon' | 'RssFile'): Pick<Row, 'value' | 'unit'> {
  const text = readFileSync(`/proc/${peer.pid}/status`, 'utf8');
  const [, kibibytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(text) ?? [];
  return { value: (Number(kibibytes) * 1024) / 1e6, unit: 'MB' };
}
