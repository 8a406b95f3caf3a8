import { expect, test } from 'vitest';
import { GenerationCache } from '../../../src/util/generation-cache.ts';

test('what is used stays, what is not used goes', () => {
  const cache = new GenerationCache<number, string>(8);
  cache.set(0, 'used');
  cache.set(1, 'not used');
  for (let key = 10; key < 30; key += 1) {
    cache.set(key, 'other');
    expect(cache.get(0)).toBe('used');
  }
  expect(cache.get(1)).toBeUndefined();
});

test('what is deleted is gone from both generations and can come again', () => {
  const cache = new GenerationCache<number, string>(4);
  for (const key of [0, 1, 2, 3]) cache.set(key, 'value');
  for (const key of [0, 3]) cache.delete(key);
  expect([0, 1, 2, 3].map((key) => cache.get(key))).toEqual([
    undefined,
    'value',
    'value',
    undefined,
  ]);
  cache.set(3, 'again');
  expect(cache.get(3)).toBe('again');
});
