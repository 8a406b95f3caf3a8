import * as fs from 'node:fs';
import { promises } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '../../src/control/status.ts';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

const statusOf = async (peer: LivePeer): Promise<Status> =>
  JSON.parse(await peer.must('status', '--json')) as Status;

describe.skipIf(reasonForNoMounts())('a peer that is alone', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;

  beforeAll(async () => {
    ({ network, alice, bob } = await LiveNetwork.aliceAndBob());
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('shows the whole tree at once, works on what is here, and says what it lacks', async () => {
    fs.mkdirSync(alice.path('folder'));
    fs.chmodSync(alice.path('folder'), 0o777);
    fs.writeFileSync(alice.path('folder', 'read'), 'read before');
    fs.writeFileSync(alice.path('folder', 'unread'), 'never read at bob');
    await until('bob has both', () => sizeOf(bob.path('folder', 'unread')) === 17);
    expect(fs.readFileSync(bob.path('folder', 'read'), 'utf8')).toBe('read before');
    await bob.stop();
    await alice.stop();

    fs.appendFileSync(join(bob.home, 'config.toml'), 'waitForPeers = "300ms"\n');
    await bob.mount();
    expect(fs.readdirSync(bob.path('folder')).sort()).toEqual(['read', 'unread']);
    expect(fs.readFileSync(bob.path('folder', 'read'), 'utf8')).toBe('read before');
    await expect(promises.readFile(bob.path('folder', 'unread'))).rejects.toThrow(/EIO/);
    expect((await statusOf(bob)).pendingSinceMs).toBeNull();

    const beforeMs = Date.now();
    fs.writeFileSync(bob.path('folder', 'made alone'), 'by bob');
    fs.renameSync(bob.path('folder', 'read'), bob.path('folder', 'renamed'));
    fs.mkdirSync(bob.path('mine'));
    fs.rmSync(bob.path('folder', 'unread'));
    const status = await statusOf(bob);
    expect(status.connectedPeers).toBe(0);
    expect(status.aloneSinceMs).toBeLessThanOrEqual(beforeMs);
    expect(status.pendingOperations).toBeGreaterThanOrEqual(5);
    expect(status.pendingSinceMs).toBeGreaterThanOrEqual(beforeMs);
    expect(await bob.must('status')).toMatch(
      /connected +alone since .*\n(.*\n)*unsynced .* to tell/,
    );
  });

  test('tells what it did once the others are there, and is not alone any more', async () => {
    await alice.mount();
    await network.connected(alice, bob);
    await until('all is told', async () => (await statusOf(bob)).pendingOperations === 0);
    await until('alice has it', () => fs.existsSync(alice.path('mine')));
    expect(fs.readdirSync(alice.path('folder')).sort()).toEqual(['made alone', 'renamed']);
    const status = await statusOf(bob);
    expect(status).toMatchObject({ aloneSinceMs: null, pendingSinceMs: null, concerns: [] });
    expect(status.clock.peers).toHaveLength(1);
    expect(Math.abs(status.clock.aheadMs ?? Infinity)).toBeLessThan(5000);
  });

  test('finds a peer that was stopped and goes on, without anybody mounting anew', async () => {
    for (let round = 1; round <= 2; round += 1) {
      process.kill(alice.pid, 'SIGSTOP');
      try {
        await until('bob is alone', async () => (await statusOf(bob)).connectedPeers === 0);
        fs.writeFileSync(bob.path(`round ${round}`), 'written alone');
      } finally {
        process.kill(alice.pid, 'SIGCONT');
      }
      await network.connected(alice, bob);
      await until('alice has it', () => sizeOf(alice.path(`round ${round}`)) === 13);
    }
  });
});

describe.skipIf(reasonForNoMounts())('a device whose home was copied', () => {
  test('is found out when both copies were used, and everything else goes on', async () => {
    await using network = await LiveNetwork.create('alice');
    const alice = network.first;
    const bob = await network.join('bob');
    await network.connected(alice, bob);
    await bob.stop();
    const copy = `${bob.home}-copy`;
    fs.cpSync(bob.home, copy, { recursive: true });

    await bob.mount();
    fs.writeFileSync(bob.path('first life'), '1');
    await until('alice has it', () => sizeOf(alice.path('first life')) === 1);
    await bob.stop();
    fs.rmSync(bob.home, { recursive: true });
    fs.renameSync(copy, bob.home);
    await alice.stop();
    await bob.mount();
    fs.writeFileSync(bob.path('second life'), '2');
    await alice.mount();
    await network.connected(alice, bob);

    const found = (peer: LivePeer) => async () => (await statusOf(peer)).quarantined.length === 1;
    await until('alice has the proof', found(alice));
    await until('bob has it too', found(bob));
    expect(await alice.must('status')).toMatch(/! device 2 of bob signed two histories/);
    expect(await bob.must('status')).toMatch(/! this device signed two histories/);
    expect(await alice.must('peers')).toMatch(/bob .* quarantined/);
    expect(fs.readdirSync(join(alice.home, 'log', 'evidence'))).toHaveLength(1);

    fs.writeFileSync(alice.path('from alice'), 'still told');
    await until('bob has it', () => sizeOf(bob.path('from alice')) === 10);
    expect(fs.readdirSync(alice.path()).sort()).toEqual(['first life', 'from alice']);
    expect(await alice.must('check')).toContain('no problem');

    await alice.stop();
    await alice.mount();
    expect((await statusOf(alice)).quarantined).toMatchObject([{ device: 2, user: 'bob' }]);
  });
});

function sizeOf(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.size;
}
