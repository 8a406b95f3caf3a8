import { expect, test } from 'vitest';
import { judgeClock } from '../../../src/sync/clock-verdict.ts';

const hourMs = 60 * 60 * 1000;

const votes = (...offsets: number[]) =>
  offsets.map((offsetMs, index) => ({ voter: `user${index}`, offsetMs }));

test('without peers nothing is known of a clock', () => {
  expect(judgeClock([])).toEqual({ peersOffsetMs: null, majorityOffsetMs: 0 });
});

test('one peer shows a difference, but two clocks are no majority', () => {
  expect(judgeClock(votes(-hourMs))).toEqual({ peersOffsetMs: -hourMs, majorityOffsetMs: 0 });
});

test('two peers that agree outvote a clock that is ahead or behind', () => {
  expect(judgeClock(votes(-hourMs, -hourMs + 10)).majorityOffsetMs).toBe(-hourMs + 10);
  expect(judgeClock(votes(hourMs, hourMs + 10)).majorityOffsetMs).toBe(hourMs);
});

test('peers that do not agree with each other outvote nobody', () => {
  expect(judgeClock(votes(hourMs, 2 * hourMs, 3 * hourMs)).majorityOffsetMs).toBe(0);
});

test('a majority that agrees with this machine leaves its clock as it is', () => {
  expect(judgeClock(votes(200, 24 * hourMs))).toEqual({
    peersOffsetMs: 200,
    majorityOffsetMs: 0,
  });
});

test('a user with many devices has one voice', () => {
  const many = Array.from({ length: 10 }, () => ({ voter: 'mallory', offsetMs: hourMs }));
  expect(judgeClock(many).majorityOffsetMs).toBe(0);
  expect(judgeClock([...many, { voter: 'bob', offsetMs: 0 }]).majorityOffsetMs).toBe(0);
});
