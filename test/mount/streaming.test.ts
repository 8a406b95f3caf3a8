import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

const size = 64 * 1024 * 1024;

// Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
describe.skipIf(reasonForNoMounts())('content that is elsewhere', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;
  const film = randomFillSync(Buffer.allocUnsafe(size));

  beforeAll(async () => {
    ({ network, alice, bob } = await LiveNetwork.aliceAndBob());
    fs.writeFileSync(alice.path('film'), film);
    await until('bob sees the film', () => sizeOf(bob.path('film')) === size);
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('nothing is fetched before somebody reads', async () => {
    expect((await bob.status()).traffic.receivedBytes).toBeLessThan(100_000);
    expect(fs.statSync(bob.path('film')).blocks).toBe(0);
  });

  test('its first bytes do not wait for its last', async () => {
    const file = fs.openSync(bob.path('film'), 'r');
    const target = Buffer.alloc(4096);
    fs.readSync(file, target, 0, 4096, size / 2);
    fs.closeSync(file);
    expect(target.equals(film.subarray(size / 2, size / 2 + 4096))).toBe(true);
    expect((await bob.status()).traffic.receivedBytes).toBeLessThan(size / 2);
  });

  test('all of it arrives as it was written, and only once', async () => {
    expect(fs.readFileSync(bob.path('film')).equals(film)).toBe(true);
    const { receivedBytes } = (await bob.status()).traffic;
    expect(receivedBytes).toBeLessThan(size * 1.05);
    expect(fs.readFileSync(bob.path('film')).equals(film)).toBe(true);
    expect((await bob.status()).traffic.receivedBytes - receivedBytes).toBeLessThan(10_000);
  });

  test('an edit in its middle moves the blocks it touched, not the file', async () => {
    const before = (await bob.status()).traffic.receivedBytes;
    const file = fs.openSync(alice.path('film'), 'r+');
    fs.writeSync(file, 'EDIT', 1_000_000);
    fs.closeSync(file);
    film.write('EDIT', 1_000_000);
    await until('bob reads the edit', () => readAt(bob.path('film'), 1_000_000, 4) === 'EDIT');
    expect(fs.readFileSync(bob.path('film')).equals(film)).toBe(true);
    expect((await bob.status()).traffic.receivedBytes - before).toBeLessThan(200_000);
  });

  test('a third peer gets it from one that has read it, when its writer is gone', async () => {
    const carol = await network.join('carol');
    await network.connected(bob, carol);
    await until('carol sees the film', () => sizeOf(carol.path('film')) === size);
    await alice.stop();
    expect(fs.readFileSync(carol.path('film')).equals(film)).toBe(true);
    await alice.mount();
    await network.connected(alice, bob, carol);
  });

  test('a read that nobody can answer waits, ends at a signal, and never returns zeros', async () => {
    fs.writeFileSync(alice.path('only-at-alice'), randomFillSync(Buffer.alloc(100_000)));
    await until('bob sees it', () => sizeOf(bob.path('only-at-alice')) === 100_000);
    await alice.stop();
    const cat = spawn('cat', [bob.path('only-at-alice')], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = 0;
    cat.stdout.on('data', (data: Buffer) => (output += data.length));
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      cat.once('exit', (_code, signal) => resolve(signal));
    });
    await until('cat waits for the read', () => isWaitingInRead(cat.pid ?? 0));
    cat.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
    expect(output).toBe(0);
    await alice.mount();
    await network.connected(alice, bob);
    expect(
      fs
        .readFileSync(bob.path('only-at-alice'))
        .equals(fs.readFileSync(alice.path('only-at-alice'))),
    ).toBe(true);
  });

  test('after the configured time such a read fails with EIO', async () => {
    fs.writeFileSync(alice.path('lost'), randomFillSync(Buffer.alloc(100_000)));
    await until('bob sees it', () => sizeOf(bob.path('lost')) === 100_000);
    await bob.stop();
    fs.appendFileSync(`${bob.home}/config.toml`, '\nwaitForPeers = "300ms"\n');
    await bob.mount();
    await alice.stop();
    expect(() => fs.readFileSync(bob.path('lost'))).toThrow(/EIO/);
    await alice.mount();
  });
});

function sizeOf(path: string): number {
  return fs.statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

function readAt(path: string, position: number, length: number): string {
  const file = fs.openSync(path, 'r');
  try {
    const target = Buffer.alloc(length);
    fs.readSync(file, target, 0, length, position);
    return target.toString('latin1');
  } finally {
    fs.closeSync(file);
  }
}

/** 0 is the number of read(2) on x86-64 and 63 on arm64. */
function isWaitingInRead(pid: number): boolean {
  const [call] = fs.readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ');
  return call === '0' || call === '63';
}
