import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TreeKey } from '../../../src/metadata/state/tree-key.ts';
import { Rows } from '../../../src/metadata/tables/rows.ts';
import { openDatabase, openTable } from '../../../src/storage/database.ts';

const anyKey = fc.integer({ min: 1, max: 600 }).map(keyOf);

function keyOf(number: number): TreeKey {
  return String.fromCharCode(1, number >> 8, number & 255) as TreeKey;
}

test('ranges are read from either end, page by page or whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'peerfuse-rows-'));
  const database = openDatabase(folder);
  try {
    const rows = new Rows(openTable(database, 'test'));
    const present = Array.from({ length: 550 }, (_, index) => keyOf(index + 1));
    rows.transaction(() => {
      for (const key of present) rows.put(key, Buffer.from(key, 'latin1'));
    });
    fc.assert(
      fc.property(anyKey, anyKey, fc.integer({ min: 1, max: 300 }), (start, end, limit) => {
        const range = { start, end };
        const expected = present.filter((key) => key >= start && key < end);
        const keysOf = (found: Iterable<{ key: TreeKey }>) => [...found].map(({ key }) => key);
        expect(keysOf(rows.first(range, limit))).toEqual(expected.slice(0, limit));
        expect(keysOf(rows.last(range, limit))).toEqual(expected.toReversed().slice(0, limit));
        expect(keysOf(rows.all(range))).toEqual(expected);
        expect(keysOf(rows.after(start, range, limit))).toEqual(
          expected.filter((key) => key > start).slice(0, limit),
        );
      }),
    );
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
});
