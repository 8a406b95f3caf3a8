import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateMemory, put64, signed64, unsigned64 } from '../../../../src/fuse/kernel/words.ts';

test('every safe integer survives its 64 bits, as Node itself writes them', () => {
  const { bytes, words } = allocateMemory(16);
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      put64(words, 2, value);
      expect(bytes.readBigInt64LE(8)).toBe(BigInt(value));
      expect(signed64(words, 2)).toBe(value);
      if (value >= 0) expect(unsigned64(words, 2)).toBe(value);
    }),
  );
});
