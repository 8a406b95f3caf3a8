import { expect, test } from 'vitest';
import { coordinatorOf } from '../../../src/locks/rendezvous.ts';
import { Topology } from '../../../src/locks/topology.ts';

function topologyOf(self: number, links: Readonly<Record<number, readonly number[]>>): Topology {
  const topology = new Topology(self);
  for (const [device, neighbours] of Object.entries(links)) {
    topology.learn({ device: Number(device), version: 1, neighbours });
  }
  return topology;
}

const chain = { 1: [2], 2: [1, 3], 3: [2, 4], 4: [3] };

test('all who are in reach are members, over whomever, and know the next one on the way', () => {
  const view = topologyOf(1, chain).view();
  expect(view.members).toEqual([1, 2, 3, 4]);
  expect([...view.nextHops]).toEqual([
    [2, 2],
    [3, 2],
    [4, 2],
  ]);
});

test('who knows the same has the same view, wherever he is', () => {
  const ids = [1, 2, 3, 4].map((self) => topologyOf(self, chain).view().id);
  expect(new Set(ids).size).toBe(1);
});

test('a link that only one end speaks of is none', () => {
  const view = topologyOf(1, { 1: [2], 2: [1, 9], 9: [] }).view();
  expect(view.members).toEqual([1, 2]);
});

test('a new version of anybody in reach is another view, and of nobody else', () => {
  const topology = topologyOf(1, { ...chain, 7: [8], 8: [7] });
  const before = topology.view().id;
  expect(topology.learn({ device: 7, version: 2, neighbours: [8] })).toBe(true);
  expect(topology.view().id).toBe(before);
  expect(topology.learn({ device: 3, version: 2, neighbours: [2, 4] })).toBe(true);
  expect(topology.view().id).not.toBe(before);
  expect(topology.learn({ device: 3, version: 1, neighbours: [] })).toBe(false);
});

test('a member that goes moves only the files that it coordinated', () => {
  const all = [3, 14, 15, 92, 65];
  const fewer = all.filter((member) => member !== 92);
  const counts = new Map<number, number>();
  for (let counter = 1; counter <= 5000; counter++) {
    const inode = 14 * 2 ** 32 + counter;
    const chosen = coordinatorOf(inode, all);
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    if (chosen !== 92) expect(coordinatorOf(inode, fewer)).toBe(chosen);
    expect(coordinatorOf(inode, all.toReversed())).toBe(chosen);
  }
  for (const member of all) expect(counts.get(member)).toBeGreaterThan(800);
});
