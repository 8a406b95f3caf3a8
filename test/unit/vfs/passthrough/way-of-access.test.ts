import { describe, expect, test } from 'vitest';
import {
  chooseWay,
  needsBacking,
  smallestPassedBytes,
  type Opening,
} from '../../../../src/vfs/passthrough/way-of-access.ts';

const large = smallestPassedBytes;

function wayOf(opening: Partial<Opening>) {
  const nobody = { cached: 0, isUncached: false, mayBegin: () => true };
  return chooseWay({ reads: false, writes: false, size: large, ...nobody, ...opening });
}

describe('the first opening of a file', () => {
  test('that reads what is here as a whole is passed through', () => {
    expect(wayOf({ reads: true })).toBe('passthrough');
  });

  test('that reads something small, or what is not all here, goes through the cache', () => {
    expect(wayOf({ reads: true, size: large - 1 })).toBe('cached');
    expect(wayOf({ reads: true, mayBegin: () => false })).toBe('cached');
  });

  test('that only writes goes past the cache when the file is new or was emptied', () => {
    expect(wayOf({ writes: true, size: 0 })).toBe('direct');
    expect(wayOf({ writes: true })).toBe('cached');
    expect(wayOf({ writes: true, size: 0, mayBegin: () => false })).toBe('cached');
  });

  test('that could map the file to write to it goes through the cache', () => {
    expect(wayOf({ reads: true, writes: true, size: 0 })).toBe('cached');
  });
});

describe('further openings', () => {
  test('go through the cache while one does', () => {
    for (const [reads, writes] of [
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      expect(wayOf({ reads, writes, cached: 1 })).toBe('cached');
    }
  });

  test('never go through the cache while one goes past it, even when the file is small by then', () => {
    const beside = { isUncached: true, size: 1, mayBegin: () => false };
    expect(wayOf({ ...beside, reads: true })).toBe('passthrough');
    expect(wayOf({ ...beside, writes: true })).toBe('direct');
    expect(wayOf({ ...beside, reads: true, writes: true })).toBe('direct-but-mapped');
  });
});

test('the kernel has to be told of the backing file by all once it is by one', () => {
  expect(needsBacking('passthrough', false)).toBe(true);
  expect(needsBacking('direct-but-mapped', false)).toBe(true);
  expect(needsBacking('direct', false)).toBe(false);
  expect(needsBacking('direct', true)).toBe(true);
  expect(needsBacking('cached', false)).toBe(false);
});
