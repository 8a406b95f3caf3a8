import { expect, test } from 'vitest';
import type { DeviceId } from '../../../src/identity/ids.ts';
import { defaultNetworkLimits } from '../../../src/network/limits.ts';
import type { PeerIdentity } from '../../../src/network/link.ts';
import { Pursuit } from '../../../src/network/membership/pursuit.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const limits = defaultNetworkLimits;
const own = 1 as DeviceId;
const [bob, carol] = [2 as DeviceId, 3 as DeviceId];

/** A network whose addresses answer, refuse, or say nothing for as long as the test wants. */
class Surroundings {
  readonly clock = new ManualClock();
  readonly addresses = new Map<DeviceId, string[]>();
  readonly answers = new Map<string, PeerIdentity>();
  readonly silent = new Set<string>();
  readonly dialled: string[] = [];
  readonly linked = new Set<DeviceId>();
  readonly #waiting: ((error: Error) => void)[] = [];
  readonly pursuit = new Pursuit({
    ...{ device: own, clock: this.clock, random: { fraction: () => 1 }, limits },
    isLinked: (device) => this.linked.has(device),
    linkCount: () => this.linked.size,
    addressesOf: (device) => this.addresses.get(device) ?? [],
    dial: (address) => this.#dial(address),
  });

  knows(device: DeviceId, ...addresses: string[]): void {
    this.addresses.set(device, addresses);
    this.pursuit.addPeer(device);
  }

  link(device: DeviceId): void {
    this.linked.add(device);
    this.pursuit.linked(device);
  }

  unlink(device: DeviceId): void {
    this.linked.delete(device);
    this.pursuit.unlinked(device, 'the cable was cut');
  }

  giveUpWaiting(): void {
    for (const reject of this.#waiting.splice(0)) reject(new Error('it did not answer in time'));
  }

  /** So many dials, in whatever time they take. */
  async pass(ms: number, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await new Promise(setImmediate);
    }
  }

  #dial(address: string): Promise<PeerIdentity> {
    this.dialled.push(address);
    const identity = this.answers.get(address);
    if (identity) {
      this.link(identity.device);
      return Promise.resolve(identity);
    }
    if (!this.silent.has(address)) return Promise.reject(new Error('refused'));
    return new Promise((_resolve, reject) => this.#waiting.push(reject));
  }
}

test('an address that says nothing does not keep the next one waiting', async () => {
  const around = new Surroundings();
  around.silent.add('old:1');
  around.answers.set('new:1', { device: bob, user: 'bob' } as PeerIdentity);
  around.knows(bob, 'old:1', 'new:1');
  await around.pass(limits.nextAddressMs + 200);
  expect(around.dialled).toEqual(['old:1', 'new:1']);
  expect(around.linked.has(bob)).toBe(true);
  around.giveUpWaiting();
  await around.pass(1000);
  expect(around.pursuit.target(bob)).toMatchObject({ state: 'idle', lastError: undefined });
});

test('a peer that is alone keeps trying every few seconds, however long it was in vain', async () => {
  const around = new Surroundings();
  around.knows(bob, 'bob:1');
  await around.pass(10 * 60_000);
  const before = around.dialled.length;
  await around.pass(60_000);
  const tries = around.dialled.length - before;
  expect(tries).toBeGreaterThanOrEqual(60_000 / (limits.longestRetryAloneMs + 200) - 1);
});

test('who has company tries the others rarely, and often again once it is gone', async () => {
  const around = new Surroundings();
  around.knows(bob, 'bob:1');
  around.knows(carol, 'carol:1');
  around.link(bob);
  await around.pass(10 * 60_000);
  const count = () => around.dialled.filter((address) => address === 'carol:1').length;
  const before = count();
  await around.pass(limits.longestRetryMs + 1000);
  expect(count() - before).toBeLessThanOrEqual(2);
  around.unlink(bob);
  const alone = count();
  await around.pass(limits.longestRetryAloneMs + 1000);
  expect(count()).toBeGreaterThan(alone);
});

test('the first link after a time alone has everybody else tried at once', async () => {
  const around = new Surroundings();
  around.knows(bob, 'bob:1');
  around.knows(carol, 'carol:1');
  await around.pass(60_000);
  around.dialled.length = 0;
  around.link(bob);
  await around.pass(100);
  expect(around.dialled).toEqual(['carol:1']);
});

test('whoever was being dialled when the network changed is dialled again at once', async () => {
  const around = new Surroundings();
  around.silent.add('bob:1');
  around.knows(bob, 'bob:1');
  await around.pass(200);
  expect(around.dialled).toEqual(['bob:1']);
  around.pursuit.retryAll();
  around.giveUpWaiting();
  await around.pass(limits.firstRetryMs / 2);
  expect(around.dialled).toEqual(['bob:1', 'bob:1']);
});
