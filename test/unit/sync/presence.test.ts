import { expect, test } from 'vitest';
import type { DeviceId } from '../../../src/identity/ids.ts';
import type { Frontier, Replica } from '../../../src/metadata/replica.ts';
import type { Stamp } from '../../../src/metadata/stamp.ts';
import { Presence } from '../../../src/sync/presence.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const bob = 2 as DeviceId;

function stamp(millis: number, device = bob): Stamp {
  return { millis, counter: 0, device };
}

/** A replica of which only the logs matter: bob's has one operation in each batch, whose stamp is its sequence. */
class FakeLogs {
  sequence = 0;
  readonly #listeners: (() => void)[] = [];
  readonly replica = {
    frontier: (): Frontier => new Map(this.sequence === 0 ? [] : [[bob, this.sequence]]),
    lastStampOf: () => (this.sequence === 0 ? undefined : stamp(this.sequence)),
    onBatch: (listener: () => void) => this.#listeners.push(listener),
  } as unknown as Replica;

  grow(to: number): void {
    this.sequence = to;
    for (const listener of this.#listeners) listener();
  }
}

function start() {
  const logs = new FakeLogs();
  const clock = new ManualClock(1_000);
  return { logs, clock, presence: new Presence(logs.replica, clock) };
}

test('what is made after the link came is made in touch', () => {
  const { logs, clock, presence } = start();
  logs.grow(5);
  presence.came(bob);
  presence.announced(bob, new Map([[bob, 5]]));
  clock.advance(10);
  logs.grow(6);
  expect(presence.isInTouch(stamp(6), clock.monotonicMs())).toBe(true);
});

test('what was brought along was made apart, even if it comes after the link', () => {
  const { logs, clock, presence } = start();
  logs.grow(5);
  presence.came(bob);
  presence.announced(bob, new Map([[bob, 8]]));
  clock.advance(10);
  for (const sequence of [6, 7, 8]) logs.grow(sequence);
  for (const sequence of [5, 6, 7, 8]) {
    expect(presence.isInTouch(stamp(sequence), clock.monotonicMs())).toBe(false);
  }
  logs.grow(9);
  expect(presence.isInTouch(stamp(9), clock.monotonicMs())).toBe(true);
});

test('later announcements do not move the boundary', () => {
  const { logs, clock, presence } = start();
  presence.came(bob);
  presence.announced(bob, new Map());
  logs.grow(1);
  presence.announced(bob, new Map([[bob, 1]]));
  clock.advance(10);
  expect(presence.isInTouch(stamp(1), clock.monotonicMs())).toBe(true);
});

test('nobody is in touch before he said how far his log is', () => {
  const { logs, clock, presence } = start();
  presence.came(bob);
  logs.grow(1);
  expect(presence.isInTouch(stamp(1), clock.monotonicMs())).toBe(false);
});

test('what was done here before the link came was done apart', () => {
  const { logs, clock, presence } = start();
  const beforeMs = clock.monotonicMs();
  clock.advance(10);
  presence.came(bob);
  presence.announced(bob, new Map());
  logs.grow(1);
  expect(presence.isInTouch(stamp(1), beforeMs)).toBe(false);
});

test('a link that breaks and comes back begins anew', () => {
  const { logs, clock, presence } = start();
  presence.came(bob);
  presence.announced(bob, new Map());
  clock.advance(10);
  const publishedMs = clock.monotonicMs();
  presence.went(bob);
  expect(presence.isInTouch(stamp(1), publishedMs)).toBe(false);
  clock.advance(10);
  presence.came(bob);
  presence.announced(bob, new Map([[bob, 1]]));
  logs.grow(1);
  expect(presence.isInTouch(stamp(1), publishedMs)).toBe(false);
  expect(presence.isInTouch(stamp(1), clock.monotonicMs())).toBe(false);
});

test('others than those that are connected are not in touch', () => {
  const { clock, presence } = start();
  expect(presence.isInTouch(stamp(1, 3 as DeviceId), clock.monotonicMs())).toBe(false);
});
