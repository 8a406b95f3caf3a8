import { expect, test } from 'vitest';
import { judgeClock } from '../../../src/sync/clock-verdict.ts';

const hourMs = 60 * 60 * 1000;

const votes = (...offsets: number[]) =>
  offsets.map((offsetMs, index) => ({ voter: `user${index}`, offsetMs }));

test('without peers nothing is known of a clock', () => {
  expect(judgeClock([], null)).toEqual({
    peersOffsetMs: null,
    isMajority: false,
    majorityOffsetMs: 0,
  });
});

test('one peer shows a difference, but two clocks are no majority', () => {
  expect(judgeClock(votes(-hourMs), null)).toEqual({
    peersOffsetMs: -hourMs,
    isMajority: false,
    majorityOffsetMs: 0,
  });
});

test('two peers that agree outvote a clock that is ahead or behind', () => {
  expect(judgeClock(votes(-hourMs, -hourMs + 10), null).majorityOffsetMs).toBe(-hourMs + 10);
  expect(judgeClock(votes(hourMs, hourMs + 10), null).majorityOffsetMs).toBe(hourMs);
});

test('peers that do not agree with each other outvote nobody', () => {
  expect(judgeClock(votes(hourMs, 2 * hourMs, 3 * hourMs), null).majorityOffsetMs).toBe(0);
});

test('a majority that agrees with this machine leaves its clock as it is', () => {
  expect(judgeClock(votes(200, 24 * hourMs), null)).toEqual({
    peersOffsetMs: 200,
    isMajority: true,
    majorityOffsetMs: 0,
  });
});

test('a user with many devices has one voice', () => {
  const many = Array.from({ length: 10 }, () => ({ voter: 'mallory', offsetMs: hourMs }));
  expect(judgeClock(many, null).majorityOffsetMs).toBe(0);
  expect(judgeClock([...many, { voter: 'bob', offsetMs: 0 }], null).majorityOffsetMs).toBe(0);
});

test('what was agreed before has a voice, so that one bad peer and a clock that was set are told apart', () => {
  const agreed = (offsetMs: number) => ({ offsetMs, firm: true });
  expect(judgeClock(votes(-hourMs), agreed(0))).toMatchObject({ majorityOffsetMs: 0 });
  expect(judgeClock(votes(-hourMs), agreed(-hourMs))).toMatchObject({ majorityOffsetMs: -hourMs });
  expect(judgeClock([], agreed(hourMs))).toMatchObject({ majorityOffsetMs: hourMs });
  expect(judgeClock([], { offsetMs: hourMs, firm: false })).toEqual({
    ...{ peersOffsetMs: hourMs, isMajority: false, majorityOffsetMs: 0 },
  });
});
