import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeMount } from '../../src/cli/probe-mount.ts';
import { unmountByHand } from '../../src/cli/unmount.ts';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { isMounted, type LivePeer } from '../support/live-peer.ts';

describe.skipIf(reasonForNoMounts())('a mount that does not answer', () => {
  let network: LiveNetwork;
  let alice: LivePeer;

  beforeAll(async () => {
    network = await LiveNetwork.create('alice');
    alice = network.first;
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('is told from one that answers and from one that is dead, and goes when it is told to', async () => {
    expect(await probeMount(alice.mountpoint)).toBe('answers');
    process.kill(alice.pid, 'SIGSTOP');
    try {
      expect(await probeMount(alice.mountpoint, 500)).toBe('silent');
      await unmountByHand(alice.mountpoint, true);
      expect(isMounted(alice.mountpoint)).toBe(false);
    } finally {
      process.kill(alice.pid, 'SIGKILL');
    }
    await alice.mount();
    process.kill(alice.pid, 'SIGKILL');
    expect(await probeMount(alice.mountpoint)).not.toBe('answers');
    await alice.mount();
    expect(await probeMount(alice.mountpoint)).toBe('answers');
  });
});
