import { expect, test } from 'vitest';
import { NumberCounts } from '../../../src/util/number-counts.ts';

test('counts are those of a map, whatever comes and goes', () => {
  const counts = new NumberCounts();
  const model = new Map<number, number>();
  const random = randomNumbers(1);
  for (let step = 0; step < 60_000; step += 1) {
    // Few enough to meet again, from several devices' numbers; more are put in at first, and more taken out at last.
    const number = (random(3) + 1) * 2 ** 32 + random(4000);
    const count = random(60_000) > step ? random(5) : 0;
    counts.set(number, count);
    if (count > 0) model.set(number, count);
    else model.delete(number);
    expect(counts.get(number)).toBe(count);
  }
  expect(counts.size).toBe(model.size);
  for (let device = 1; device <= 3; device += 1) {
    for (let low = 0; low < 4000; low += 1) {
      const number = device * 2 ** 32 + low;
      expect(counts.get(number)).toBe(model.get(number) ?? 0);
    }
  }
});

test('a number that was never counted has no count', () => {
  const counts = new NumberCounts();
  expect(counts.get(5)).toBe(0);
  counts.set(5, 0);
  expect(counts.size).toBe(0);
});

test('nothing is left of many that were taken out', () => {
  const counts = new NumberCounts();
  for (let number = 1; number <= 100_000; number += 1) counts.set(number, number);
  for (let number = 100_000; number > 1; number -= 1) counts.set(number, 0);
  expect(counts.size).toBe(1);
  expect(counts.get(1)).toBe(1);
  expect(counts.get(2)).toBe(0);
});

/** The same in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}
