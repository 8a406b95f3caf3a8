import { existsSync, mkdirSync } from 'node:fs';
import type { LivePeer } from '../../test/support/live-peer.ts';
import { percentile } from '../percentile.ts';
import type { Row } from '../row.ts';

const samples = 300;
const pauseMs = 10;

/** How long after `mkdir` returns here `stat` succeeds there. */
export async function visibility(here: LivePeer, there: LivePeer): Promise<Row[]> {
  mkdirSync(here.path('visibility'));
  await appears(there.path('visibility'));
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const name = `visibility/${sample}`;
    // Looked up before it exists, so that what the kernel remembers there has to be told.
    existsSync(there.path(name));
    mkdirSync(here.path(name));
    times.push(await appears(there.path(name)));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return [
    {
      question: 'mkdir here until stat succeeds there, p50',
      value: percentile(times, 0.5),
      unit: 'ms',
    },
    {
      question: 'mkdir here until stat succeeds there, p99',
      value: percentile(times, 0.99),
      unit: 'ms',
    },
  ];
}

async function appears(path: string): Promise<number> {
  const start = performance.now();
  while (!existsSync(path)) await new Promise(setImmediate);
  return performance.now() - start;
}
