import type { Command } from 'commander';
import { formatSize } from '../config/quantity.ts';
import type { PeerStatus } from '../control/status.ts';
import { controlOf } from './control.ts';
import { durationForPeople } from '../util/duration-for-people.ts';
import { print, printJson, printTable } from './print.ts';
import type { Home } from './program.ts';

export function addPeers(program: Command, home: Home): void {
  program
    .command('peers')
    .description('who is connected, and who was')
    .option('--json', 'for programs')
    .action(async ({ json = false }: { json?: boolean }) => {
      const peers = await controlOf(home()).peers();
      if (json) return printJson(peers);
      if (peers.length === 0) return print('No other peer is known yet.');
      const heading = [
        'USER',
        'DEVICE',
        'STATE',
        'CLOCK',
        'ROUND TRIP',
        'RECEIVED',
        'SENT',
        'ADDRESSES',
      ];
      printTable([heading, ...peers.map(rowOf)]);
    });
}

function rowOf(peer: PeerStatus): string[] {
  return [
    peer.user,
    String(peer.device),
    stateOf(peer),
    clockOf(peer),
    peer.roundTripMs === null ? '' : `${peer.roundTripMs.toFixed(1)} ms`,
    formatSize(peer.receivedBytes),
    formatSize(peer.sentBytes),
    peer.addresses.join(' '),
  ];
}

function stateOf({ connected, isQuarantined }: PeerStatus): string {
  const state = connected ? 'connected' : 'away';
  return isQuarantined ? `${state}, quarantined` : state;
}

/** Only when it is wrong, by a minute or more. */
function clockOf({ clockAheadMs }: PeerStatus): string {
  if (clockAheadMs === null || Math.abs(clockAheadMs) < 60_000) return '';
  return `${durationForPeople(clockAheadMs)} ${clockAheadMs > 0 ? 'ahead' : 'behind'}`;
}
