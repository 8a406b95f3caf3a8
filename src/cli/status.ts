import type { Command } from 'commander';
import { formatSize } from '../config/quantity.ts';
import type { Status, TransferStatus } from '../control/status.ts';
import { controlOf } from './control.ts';
import { formatTime, print, printFields, printJson } from './print.ts';
import type { Home } from './program.ts';

export function addStatus(program: Command, home: Home): void {
  program
    .command('status')
    .description('the network, this peer, its mount, transfers, what is unsynced')
    .option('--json', 'for programs')
    .action(async ({ json = false }: { json?: boolean }) => {
      const status = await controlOf(home()).status();
      if (json) return printJson(status);
      printFields(fieldsOf(status));
      for (const transfer of status.transfers) print(describeTransfer(transfer));
    });
}

function fieldsOf(status: Status): Record<string, string> {
  const { unsealedOperations, unpublishedFiles } = status.unsynced;
  return {
    network: `${status.network} (${status.flavour}), id ${status.networkId}`,
    peer: `${status.user}, uid ${status.uid}, device ${status.device}`,
    certificate: `valid until ${formatTime(status.certificateExpiresAtMs)}`,
    home: status.home,
    mounted: status.mountpoint ?? 'nowhere',
    listening: status.listen.join(', '),
    connected: countOf(status.connectedPeers, 'peer'),
    unsynced: `${countOf(status.pendingOperations, 'operation')} to tell, ${unsealedOperations} to sign, ${countOf(unpublishedFiles, 'file')} to publish`,
    tree: `${countOf(status.tree.entries, 'name')}, ${countOf(status.tree.inodes, 'inode')}`,
    traffic: `${formatSize(status.traffic.receivedBytes)} received, ${formatSize(status.traffic.sentBytes)} sent`,
    daemon: `process ${status.pid}, version ${status.version}, since ${formatTime(status.startedAtMs)}, ${formatSize(status.residentBytes)} of memory`,
  };
}

function describeTransfer({ path, size, residentBytes, bytesByPeer }: TransferStatus): string {
  const sources = Object.entries(bytesByPeer).map(
    ([peer, bytes]) => `${peer} ${formatSize(bytes)}`,
  );
  const from = sources.length === 0 ? '' : ` from ${sources.join(', ')}`;
  return `fetching ${path}: ${formatSize(residentBytes)} of ${formatSize(size)}${from}`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
