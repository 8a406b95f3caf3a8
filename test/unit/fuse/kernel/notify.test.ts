import { expect, test } from 'vitest';
import {
  deleteEntry,
  invalidateAttributes,
  invalidateEntry,
  invalidatePages,
} from '../../../../src/fuse/kernel/notify.ts';

const hex = (bytes: Buffer): string =>
  bytes
    .toString('hex')
    .replace(/(.{16})/g, '$1 ')
    .trim();

// Golden: header (length, code, unique 0), then the structure, on a little-endian machine.
test('notifications are encoded as the kernel reads them', () => {
  expect(hex(invalidateAttributes(2 ** 40 + 5))).toBe(
    '2800000002000000 0000000000000000 0500000000010000 ffffffffffffffff 0000000000000000',
  );
  expect(hex(invalidatePages(6, 65_536, 4096))).toBe(
    '2800000002000000 0000000000000000 0600000000000000 0000010000000000 0010000000000000',
  );
  expect(hex(invalidateEntry(1, 'a\u{ff}'))).toBe(
    '2300000003000000 0000000000000000 0100000000000000 0200000000000000 61ff00',
  );
  expect(hex(deleteEntry(1, 9, 'old'))).toBe(
    '2c00000006000000 0000000000000000 0100000000000000 0900000000000000 0300000000000000 6f6c6400',
  );
});
