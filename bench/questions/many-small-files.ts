import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import type { Row } from '../row.ts';

const count = 5000;
const content = randomBytes(4096);

/** Creating many small files, hearing of them, and fetching them all. */
export async function manySmallFiles(writer: LivePeer, reader: LivePeer): Promise<Row[]> {
  const plainMs = createIn(join(writer.home, '..', 'plain'));
  const start = performance.now();
  const created = createIn(writer.path('many'));
  await until('the reader knows all', () => knowsAll(reader), 60_000);
  const known = performance.now() - start;
  const fetching = performance.now();
  for (let index = 0; index < count; index++) readFileSync(reader.path('many', String(index)));
  const fetched = performance.now() - fetching;
  return [
    {
      question: `create ${count} files of 4 KiB`,
      value: (count / created) * 1000,
      unit: 'files/s',
      yardstick: { name: 'plain folder', value: (count / plainMs) * 1000 },
    },
    {
      question: `from the first create until the other peer knows all ${count}`,
      value: known,
      unit: 'ms',
    },
    {
      question: 'read them all there, one after the other',
      value: (count / fetched) * 1000,
      unit: 'files/s',
    },
  ];
}

/** Milliseconds. */
function createIn(folder: string): number {
  mkdirSync(folder);
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    content.writeUInt32BE(index);
    writeFileSync(join(folder, String(index)), content);
  }
  return performance.now() - start;
}

function knowsAll(reader: LivePeer): boolean {
  try {
    return statSync(reader.path('many', String(count - 1))).size === content.length;
  } catch {
    return false;
  }
}
