import * as fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

// Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
describe.skipIf(reasonForNoMounts())('a daemon that is killed', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;

  beforeAll(async () => {
    ({ network, alice, bob } = await LiveNetwork.aliceAndBob());
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('leaves a mountpoint that says so, and a mount in its place recovers', async () => {
    process.kill(alice.pid, 'SIGKILL');
    await until('the mount is dead', () => {
      try {
        fs.readdirSync(alice.mountpoint);
        return false;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOTCONN';
      }
    });
    await alice.mount();
    fs.writeFileSync(alice.path('alive'), 'again');
    await network.connected(alice, bob);
    await until('bob sees it', () => fs.existsSync(bob.path('alive')));
  });

  test('has everything that was fsynced, and everything that was done before', async () => {
    const written = new Map<string, Buffer>();
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 20; index++) {
        const name = `durable-${round}-${index}`;
        const content = randomBytes(1 + (((round * 20 + index) * 7919) % 300_000));
        const file = fs.openSync(alice.path(name), 'w');
        fs.writeSync(file, content);
        fs.fsyncSync(file);
        // Left open on purpose: only the fsync has promised anything.
        fs.writeSync(file, 'not promised');
        written.set(name, content);
        if (index === 19) await alice.crash();
        closeQuietly(file);
      }
      await alice.mount();
      for (const [name, content] of written) {
        const found = fs.readFileSync(alice.path(name)).subarray(0, content.length);
        expect(found.equals(content), name).toBe(true);
      }
    }
    expect((await alice.run('check')).stderr).toBe('');
    await network.connected(alice, bob);
    for (const [name, content] of written) {
      await until(`${name} is whole at bob`, () => {
        const size = fs.statSync(bob.path(name), { throwIfNoEntry: false })?.size ?? -1;
        return size >= content.length;
      });
      expect(fs.readFileSync(bob.path(name)).subarray(0, content.length).equals(content)).toBe(
        true,
      );
    }
  });

  test('in the middle of an edit of a published file, keeps the file readable', async () => {
    const content = randomBytes(1_000_000);
    fs.writeFileSync(alice.path('edited'), content);
    const file = fs.openSync(alice.path('edited'), 'r+');
    fs.writeSync(file, 'EDIT', 500_000);
    await alice.crash();
    closeQuietly(file);
    await alice.mount();
    content.write('EDIT', 500_000);
    expect(fs.readFileSync(alice.path('edited')).equals(content)).toBe(true);
    await network.connected(alice, bob);
    await until('bob reads the edit too', () =>
      fs.readFileSync(bob.path('edited')).equals(content),
    );
  });
});

function closeQuietly(file: number): void {
  try {
    fs.closeSync(file);
  } catch {
    // The daemon behind it is dead, and close(2) says so; the descriptor is free all the same.
  }
}
