import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { NetworkWatch } from '../../../src/network/membership/network-watch.ts';
import type { Clock } from '../../../src/platform/clock.ts';

const everyMs = 2_000;

function watched() {
  const time = { wallMs: Date.UTC(2026, 0, 1), monotonicMs: 0 };
  const addresses = new Map<string, string>([['lo', '127.0.0.1']]);
  const clock: Clock = {
    nowMs: () => time.wallMs,
    monotonicMs: () => time.monotonicMs,
    after: () => () => undefined,
  };
  const interfaces = () =>
    Object.fromEntries(
      [...addresses].map(([name, address]) => [
        name,
        [{ address, cidr: `${address}/8`, internal: name === 'lo' } as NetworkInterfaceInfo],
      ]),
    );
  const pass = (wallMs: number, monotonicMs = wallMs) => {
    time.wallMs += wallMs;
    time.monotonicMs += monotonicMs;
  };
  return { watch: new NetworkWatch(clock, interfaces), addresses, pass };
}

test('a machine that stays where it is looks for nobody anew', () => {
  const { watch, pass } = watched();
  for (let count = 0; count < 5; count++) {
    pass(everyMs + 300);
    expect(watch.mayHaveChanged(everyMs)).toBe(false);
  }
});

test('an address that comes or goes is noticed once', () => {
  const { watch, addresses } = watched();
  addresses.set('wlan0', '192.168.1.7');
  expect([watch.mayHaveChanged(everyMs), watch.mayHaveChanged(everyMs)]).toEqual([true, false]);
  addresses.delete('wlan0');
  expect([watch.mayHaveChanged(everyMs), watch.mayHaveChanged(everyMs)]).toEqual([true, false]);
});

test('a machine that slept, and a process that was stopped, are noticed once', () => {
  const { watch, pass } = watched();
  pass(60_000, everyMs);
  expect([watch.mayHaveChanged(everyMs), watch.mayHaveChanged(everyMs)]).toEqual([true, false]);
  pass(60_000);
  expect([watch.mayHaveChanged(everyMs), watch.mayHaveChanged(everyMs)]).toEqual([true, false]);
});
