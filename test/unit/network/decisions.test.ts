import type { NetworkInterfaceInfo } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceId } from '../../../src/identity/ids.ts';
import { formatAddress, parseAddress, reachableAddresses } from '../../../src/network/address.ts';
import { defaultNetworkLimits } from '../../../src/network/limits.ts';
import { chooseConnection, choosesFor } from '../../../src/network/links/choose-connection.ts';
import { checkKeepAlive, smoothRoundTrip } from '../../../src/network/links/keep-alive.ts';
import { dialDelayMs, peersToPursue } from '../../../src/network/membership/dial-plan.ts';
import { decideGrowth } from '../../../src/network/transport/tls/worker/bulk-growth.ts';

const limits = defaultNetworkLimits;
const one = 1 as DeviceId;
const two = 2 as DeviceId;
const half = { fraction: () => 0.5 };

test('of two peers exactly one chooses', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      fc.pre(a !== b);
      expect(choosesFor(a as DeviceId, b as DeviceId)).not.toBe(
        choosesFor(b as DeviceId, a as DeviceId),
      );
    }),
  );
});

test('a restarted peer replaces its link at once, a second connection only after asking', () => {
  expect(chooseConnection(undefined, 'a')).toBe('take');
  expect(chooseConnection({ incarnation: 'a' }, 'b')).toBe('replace');
  expect(chooseConnection({ incarnation: 'a' }, 'a')).toBe('probe');
});

test('a silent peer is lost after the limit, but not because we slept ourselves', () => {
  const state = { heardAtMs: 0, checkedAtMs: 12_000 };
  expect(checkKeepAlive(state, 14_999, 15_000).verdict).toBe('ping');
  expect(checkKeepAlive(state, 15_000, 15_000).verdict).toBe('lost');
  const slept = checkKeepAlive({ heardAtMs: 0, checkedAtMs: 3_000 }, 60_000, 15_000);
  expect(slept).toEqual({ verdict: 'ping', state: { heardAtMs: 60_000, checkedAtMs: 60_000 } });
});

test('the first round trip counts as it is, later ones are smoothed', () => {
  expect(smoothRoundTrip(0, 8)).toBe(8);
  expect(smoothRoundTrip(8, 16)).toBe(9);
});

test('the peer with the smaller number dials at once, the other leaves it some time', () => {
  expect(dialDelayMs({ own: one, device: two, failures: 0, alone: false }, limits, half)).toBe(0);
  expect(dialDelayMs({ own: two, device: one, failures: 0, alone: false }, limits, half)).toBe(
    limits.courtesyMs,
  );
});

test('attempts become rarer with each failure, never rarer than the bound, and are spread', () => {
  const delay = (failures: number, fraction: number, alone = false): number =>
    dialDelayMs({ own: one, device: two, failures, alone }, limits, { fraction: () => fraction });
  expect([1, 2, 3].map((failures) => delay(failures, 1))).toEqual([500, 1000, 2000]);
  expect(delay(100, 1)).toBe(limits.longestRetryMs);
  expect(delay(100, 0)).toBe(limits.longestRetryMs / 2);
  expect(delay(100, 1, true)).toBe(limits.longestRetryAloneMs);
});

test('a small network is a full mesh, a large one a random mesh of bounded degree', () => {
  const candidates = Array.from({ length: 100 }, (_, i) => i);
  expect(
    peersToPursue(candidates.slice(0, 5), { known: 6, linked: 1, pursued: 0 }, 32, half),
  ).toHaveLength(5);
  const chosen = peersToPursue(candidates, { known: 110, linked: 10, pursued: 4 }, 32, half);
  expect(chosen).toHaveLength(18);
  expect(new Set(chosen).size).toBe(18);
  expect(peersToPursue(candidates, { known: 140, linked: 40, pursued: 0 }, 32, half)).toEqual([]);
});

test('a bulk connection is added while the line is long, busy, and the last one was worth it', () => {
  const busy = {
    nowMs: 0,
    bytesPerSecond: 100,
    roundTripMs: 40,
    saturated: true,
    maximumConnections: 16,
  };
  const fresh = { connections: 1, rateBefore: 0, restUntilMs: 0 };
  expect(decideGrowth(fresh, busy)).toEqual({ add: true, state: { ...fresh, rateBefore: 100 } });
  expect(decideGrowth(fresh, { ...busy, roundTripMs: 1 }).add).toBe(false);
  expect(decideGrowth(fresh, { ...busy, saturated: false }).add).toBe(false);
  const grown = { connections: 2, rateBefore: 100, restUntilMs: 0 };
  expect(decideGrowth(grown, { ...busy, bytesPerSecond: 150 }).add).toBe(true);
  const rested = decideGrowth(grown, { ...busy, bytesPerSecond: 105 });
  expect(rested.add).toBe(false);
  expect(decideGrowth(rested.state, { ...busy, nowMs: 29_000 }).add).toBe(false);
  expect(decideGrowth(rested.state, { ...busy, nowMs: 31_000 }).add).toBe(true);
  expect(decideGrowth({ ...grown, connections: 16 }, { ...busy, bytesPerSecond: 900 }).add).toBe(
    false,
  );
});

test('addresses are read as people write them, and written back the same', () => {
  for (const text of ['127.0.0.1:1777', '[::1]:0', 'peer.example.org:65535', '[fe80::1%eth0]:1']) {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(text);
  }
  for (const text of ['', '1777', 'host:', 'host:65536', '::1:1777', 'a b:1', 'host:1x', '[]:1']) {
    expect(parseAddress(text)).toBeUndefined();
  }
});

test('what listens everywhere is reachable at every address of the machine but those that mean nothing elsewhere', () => {
  const entry = (address: string, family: 'IPv4' | 'IPv6', internal: boolean): object => ({
    address,
    family,
    internal,
  });
  const interfaces = {
    lo: [entry('127.0.0.1', 'IPv4', true), entry('::1', 'IPv6', true)],
    eth0: [
      entry('10.0.0.5', 'IPv4', false),
      entry('fe80::5', 'IPv6', false),
      entry('2001:db8::5', 'IPv6', false),
    ],
  } as unknown as NodeJS.Dict<NetworkInterfaceInfo[]>;
  const reachable = (...listening: string[]): string[] =>
    reachableAddresses(listening, () => interfaces);
  expect(reachable('0.0.0.0:7')).toEqual(['10.0.0.5:7']);
  expect(reachable('[::]:7')).toEqual(['10.0.0.5:7', '[2001:db8::5]:7']);
  expect(reachable('127.0.0.1:7')).toEqual(['127.0.0.1:7']);
});
