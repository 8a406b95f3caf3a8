import { readFileSync } from 'node:fs';
import type { LivePeer } from '../../test/support/live-peer.ts';
import type { Row } from '../row.ts';

// Linux reports processor time in hundredths of a second whatever the kernel's own tick is (USER_HZ, proc(5)).
const ticksPerSecond = 100;

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

function processorSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function peakMegabytes(pid: number): number {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
