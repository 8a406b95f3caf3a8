import { expect, test } from 'vitest';
import { lockRead, LockTable, lockWrite, type LockType } from '../../../src/locks/lock-table.ts';
import {
  after,
  before,
  highHalf,
  lastPosition,
  lowHalf,
  type Position,
  positionOf,
} from '../../../src/locks/position.ts';
import { Chance } from '../../support/world/chance.ts';

const owner = (key: string) => ({ key, device: 1, pid: 1, handle: 1 });

function rangesOf(table: LockTable, key: string): [Position, Position, LockType][] {
  return (table.of(key)?.ranges ?? []).map(({ start, end, type }) => [start, end, type]);
}

test('a lock that is taken in the middle of another one cuts it, and given back it joins again', () => {
  const table = new LockTable();
  table.set(owner('a'), lockWrite, 0, 99);
  table.set(owner('a'), lockRead, 40, 59);
  expect(rangesOf(table, 'a')).toEqual([
    [0, 39, lockWrite],
    [40, 59, lockRead],
    [60, 99, lockWrite],
  ]);
  table.set(owner('a'), lockWrite, 40, 59);
  expect(rangesOf(table, 'a')).toEqual([[0, 99, lockWrite]]);
  table.clear('a', 10, 19);
  expect(rangesOf(table, 'a')).toEqual([
    [0, 9, lockWrite],
    [20, 99, lockWrite],
  ]);
  expect(table.count).toBe(2);
});

test('whatever is locked and unlocked, the ranges say of each byte what was done to it last', () => {
  const chance = new Chance(7);
  const table = new LockTable();
  const bytes = Array<LockType | undefined>(32).fill(undefined);
  for (let step = 0; step < 3000; step++) {
    const start = chance.below(32);
    const end = chance.between(start, 31);
    const type = ([lockRead, lockWrite, undefined] as const)[chance.below(3)];
    if (type === undefined) table.clear('a', start, end);
    else table.set(owner('a'), type, start, end);
    bytes.fill(type, start, end + 1);
    const found = bytes.map((_, byte) => {
      return rangesOf(table, 'a').find(([from, to]) => from <= byte && byte <= to)?.[2];
    });
    expect(found).toEqual(bytes);
    // Neighbours of one type are one.
    for (const [index, [from, , kind]] of rangesOf(table, 'a').entries()) {
      const [, to, other] = rangesOf(table, 'a')[index - 1] ?? [];
      expect(to !== undefined && after(to) === from && other === kind).toBe(false);
    }
  }
});

test('only others are in the way, and readers are not in the way of readers', () => {
  const table = new LockTable();
  table.set(owner('a'), lockRead, 5, 9);
  expect(table.conflict('a', lockWrite, 0, 99)).toBeUndefined();
  expect(table.conflict('b', lockRead, 0, 99)).toBeUndefined();
  expect(table.conflict('b', lockWrite, 9, 9)).toMatchObject({ start: 5, end: 9, type: lockRead });
  expect(table.conflict('b', lockWrite, 10, 99)).toBeUndefined();
});

test('places beyond 2^53 are exact, next to each other and up to the last one', () => {
  const table = new LockTable();
  const far = positionOf(0x4000_0000, 5);
  table.set(owner('a'), lockWrite, far, far);
  expect(table.conflict('b', lockRead, before(far), before(far))).toBeUndefined();
  expect(table.conflict('b', lockRead, after(far), lastPosition)).toBeUndefined();
  expect(table.conflict('b', lockRead, 0, lastPosition)).toMatchObject({ start: far });
  table.set(owner('a'), lockWrite, after(far), lastPosition);
  expect(rangesOf(table, 'a')).toEqual([[far, lastPosition, lockWrite]]);
  table.clear('a', far, far);
  expect(rangesOf(table, 'a')).toEqual([[after(far), lastPosition, lockWrite]]);
});

test.each([
  [0, 0],
  [0x1f_ffff, 0xffff_ffff],
  [0x20_0000, 0],
  [0x7fff_ffff, 0xffff_fffe],
  [0x7fff_ffff, 0xffff_ffff],
])('the halves %i and %i of a place come back as they were', (high, low) => {
  const place = positionOf(high, low);
  expect([highHalf(place), lowHalf(place)]).toEqual([high, low]);
  if (place !== lastPosition) expect(before(after(place))).toBe(place);
});
