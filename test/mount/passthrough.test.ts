import { type ChildProcess, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../support/compile.ts';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

const blockBytes = 65_536;
const programs = ['mixed-openings', 'watch-blocks', 'write-through-map'] as const;

// All of it must hold in either way of reading, and is played in the one that this machine and user have.
describe.skipIf(reasonForNoMounts())('a file that is here as a whole', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;
  const paths = new Map<string, string>();

  beforeAll(async () => {
    ({ network, alice, bob } = await LiveNetwork.aliceAndBob());
    for (const name of programs) {
      const source = join(import.meta.dirname, 'native', `${name}.c`);
      paths.set(name, await compile(join(network.directory, name), [source]));
    }
  });

  afterAll(() => network[Symbol.asyncDispose]());

  const start = (program: (typeof programs)[number], ...words: string[]): ChildProcess =>
    spawn(paths.get(program)!, words, { stdio: ['pipe', 'pipe', 'inherit'] });

  const shared = async (name: string, bytes: Uint8Array): Promise<void> => {
    fs.writeFileSync(alice.path(name), bytes);
    await until(`bob has ${name}`, () => isFile(bob.path(name), bytes.length));
    fs.readFileSync(bob.path(name));
  };

  test('is read without the daemon, by whoever may', async () => {
    if (!(await isPassedThrough(alice))) return;
    const bytes = randomFillSync(Buffer.alloc(1_000_000));
    fs.writeFileSync(alice.path('own'), bytes);
    const reader = spawn('sh', [
      '-c',
      'exec 3<"$0"; echo open; read line; cat <&3',
      alice.path('own'),
    ]);
    const output: Buffer[] = [];
    reader.stdout.on('data', (data: Buffer) => output.push(data));
    await once(reader.stdout, 'data');
    output.length = 0;
    // Its size is what the kernel would ask for.
    fs.statSync(alice.path('own'));
    process.kill(alice.pid, 'SIGSTOP');
    try {
      reader.stdin.end('\n');
      await until('cat has read it all', () => Buffer.concat(output).length === bytes.length);
    } finally {
      process.kill(alice.pid, 'SIGCONT');
    }
    expect(Buffer.concat(output).equals(bytes)).toBe(true);
  });

  test.each([1, 2, 3])('is the same to all who open it at once, seed %i', async (seed) => {
    const name = `mixed-${seed}`;
    const model = join(network.directory, name);
    const run = start('mixed-openings', alice.path(name), model, String(seed), '2000');
    expect(await outcome(run)).toEqual({ exitCode: 0, output: '' });
    const expected = fs.readFileSync(model);
    expect(fs.readFileSync(alice.path(name)).equals(expected)).toBe(true);
    const isThere = (): boolean =>
      isFile(bob.path(name), expected.length) && fs.readFileSync(bob.path(name)).equals(expected);
    await until('bob reads what is in it', isThere);
  });

  test.each(['read', 'map'])(
    'shows edits from elsewhere whole, to who goes on with %s',
    async (how) => {
      const [name, blocks, last] = [`blocks-${how}`, 32, 25];
      await shared(name, Buffer.concat(Array.from({ length: blocks }, () => blockOf(1))));
      const watcher = start('watch-blocks', bob.path(name), String(blocks), String(last), how);
      const watched = outcome(watcher);
      await once(watcher.stdout!, 'data');
      for (let number = 2; number <= last; number += 1) {
        const file = fs.openSync(alice.path(name), 'r+');
        const step = number === last ? 1 : 1 + (number % 7);
        for (let at = number === last ? 0 : number % 5; at < blocks; at += step) {
          fs.writeSync(file, blockOf(number), 0, blockBytes, at * blockBytes);
        }
        // What is behind the blocks grows and shrinks.
        if (how === 'read') fs.ftruncateSync(file, blocks * blockBytes + (number % 3) * 100_000);
        fs.closeSync(file);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(await watched).toEqual({ exitCode: 0, output: 'ready\n' });
    },
  );

  test('tells others what is written through a memory map', async () => {
    await shared('mapped', Buffer.alloc(300_000, '.'));
    const writer = start('write-through-map', alice.path('mapped'), '200000', 'by map');
    const ended = outcome(writer);
    await once(writer.stdout!, 'data');
    await until('bob reads it', () => textAt(bob.path('mapped'), 200_000, 6) === 'by map');
    writer.stdin!.end();
    expect((await ended).exitCode).toBe(0);
  });

  test('keeps what was written through a memory map when the daemon is killed', async () => {
    fs.writeFileSync(bob.path('killed'), Buffer.alloc(300_000, '.'));
    await until('alice has it', () => isFile(alice.path('killed'), 300_000));
    const writer = start('write-through-map', bob.path('killed'), '100000', 'not lost');
    const ended = outcome(writer);
    await once(writer.stdout!, 'data');
    await bob.crash();
    writer.stdin!.end();
    await ended;
    await bob.mount();
    await network.connected(alice, bob);
    expect(textAt(bob.path('killed'), 100_000, 8)).toBe('not lost');
    await until('alice reads it', () => textAt(alice.path('killed'), 100_000, 8) === 'not lost');
  });
});

async function isPassedThrough(peer: LivePeer): Promise<boolean> {
  const { passthrough } = await peer.status();
  return passthrough?.inUse === true;
}

async function outcome(child: ChildProcess): Promise<{ exitCode: number; output: string }> {
  let output = '';
  child.stdout!.on('data', (data: Buffer) => (output += data.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, output };
}

function blockOf(number: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  for (let at = 0; at < blockBytes; at += 4) block.writeUInt32LE(number, at);
  return block;
}

function isFile(path: string, size: number): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.size === size;
}

function textAt(path: string, position: number, length: number): string {
  const file = fs.openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    fs.readSync(file, bytes, 0, length, position);
    return bytes.toString('latin1');
  } finally {
    fs.closeSync(file);
  }
}
