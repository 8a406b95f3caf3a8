import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import type { Row } from '../row.ts';

const count = 5000;
const content = randomBytes(4096);

/** Creating many small files, hearing of them, and fetching them all. */
export async function manySmallFiles(
  writer: LivePeer,
  reader: LivePeer,
  yardstick: { readonly uncachedStatsPerSecond: number },
): Promise<Row[]> {
  mkdirSync(writer.path('many'));
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    content.writeUInt32BE(index);
    writeFileSync(writer.path('many', String(index)), content);
  }
  const created = performance.now() - start;
  await until('the reader knows all', async () => (await knowsAll(reader)) === true, 60_000);
  const known = performance.now() - start;
  const stats = statAll(reader);
  const fetching = performance.now();
  for (let index = 0; index < count; index++) readFileSync(reader.path('many', String(index)));
  const fetched = performance.now() - fetching;
  return [
    {
      question: `create ${count} files of 4 KiB`,
      value: (count / created) * 1000,
      unit: 'files/s',
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
    {
      question: 'stat of a name never looked up before',
      value: stats,
      unit: 'per second',
      yardstick: { name: 'do-nothing server', value: yardstick.uncachedStatsPerSecond },
    },
  ];
}

async function knowsAll(reader: LivePeer): Promise<boolean> {
  try {
    return statSync(reader.path('many', String(count - 1))).size === content.length;
  } catch {
    return false;
  }
}

function statAll(reader: LivePeer): number {
  const start = performance.now();
  for (let index = 0; index < count - 1; index++) statSync(reader.path('many', String(index)));
  return ((count - 1) / (performance.now() - start)) * 1000;
}
