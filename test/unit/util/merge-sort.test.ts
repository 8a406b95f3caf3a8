import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSort } from '../../../src/util/merge-sort.ts';

test('sorts as the array does, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 10_000, size: 'max' }), (numbers) => {
      expect(sorted([...numbers]).result).toEqual(numbers.toSorted((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});

test('rests often while it sorts many', () => {
  const texts = Array.from({ length: 100_000 }, (_, at) => String((at * 7919) % 100_003));
  const { result, rests } = sorted([...texts]);
  expect(result).toEqual(texts.toSorted());
  expect(rests).toBeGreaterThan(200);
});

function sorted<T extends string | number>(items: T[]): { result: T[]; rests: number } {
  const work = mergeSort(items);
  for (let rests = 0; ; rests += 1) {
    const step = work.next();
    if (step.done) return { result: step.value, rests };
  }
}
