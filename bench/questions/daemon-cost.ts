import { readFileSync } from 'node:fs';
import type { LivePeer } from '../../test/support/live-peer.ts';
import { processorSeconds } from '../processor-time.ts';
import type { Row } from '../row.ts';

/** What the whole run cost each daemon. */
export function daemonCost(peers: readonly LivePeer[]): Row[] {
  return peers.flatMap((peer) => [
    {
      question: `processor time of ${peer.name}'s daemon`,
      value: processorSeconds(peer.pid),
      unit: 's',
    },
    {
      question: `peak memory of ${peer.name}'s daemon`,
      value: peakMegabytes(peer.pid),
      unit: 'MB',
    },
  ]);
}

function peakMegabytes(pid: number): number {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
