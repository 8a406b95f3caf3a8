import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gapsBetween, WaitingReads } from '../../../../src/fuse/bridge/waiting-reads.ts';

const file = 5;
const end = 60;
const covers = (range: { position: number; length: number }, at: number): boolean =>
  at >= range.position && (range.length === 0 || at < range.position + range.length);

test('of a range, each byte is either in a gap or waited for, and never both', () => {
  const range = fc.record({ position: fc.nat(50), length: fc.nat(9) });
  const waited = fc.array(
    fc.record({ position: fc.nat(50), length: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(range, waited, (changed, list) => {
      const reads = new WaitingReads();
      for (const { position, length } of list) reads.add(file, position, length);
      reads.add(file + 1, 0, end);
      const touching = reads.touching(file, changed);
      const gaps = gapsBetween(changed, touching);
      for (let at = 0; at < end; at++) {
        const isRead = touching.some((read) => covers(read, at));
        const isGap = gaps.some((gap) => covers(gap, at));
        expect(isGap).toBe(covers(changed, at) && !isRead);
        if (covers(changed, at)) expect(isRead).toBe(list.some((read) => covers(read, at)));
      }
    }),
  );
});

test('a read that was answered touches nothing any more, and says so once', () => {
  const reads = new WaitingReads();
  const read = reads.add(file, 0, 10);
  let calls = 0;
  read.afterwards.push(() => calls++);
  reads.remove(read);
  expect([reads.touching(file, { position: 0, length: 0 }), calls]).toEqual([[], 1]);
});
