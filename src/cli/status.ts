import type { Command } from 'commander';
import { formatSize } from '../config/quantity.ts';
import type { Status, TransferStatus } from '../control/status.ts';
import { durationForPeople } from '../util/duration-for-people.ts';
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
      for (const concern of status.concerns) print(`! ${concern}`);
    });
}

/** What matters at the moment; everything is in the JSON. */
function fieldsOf(status: Status): Record<string, string> {
  return {
    network: `${status.network} (${status.flavour})`,
    peer: `${status.user}, uid ${status.uid}, device ${status.device}`,
    ...(isExpiringSoon(status) && {
      certificate: `valid until ${formatTime(status.certificateExpiresAtMs)}`,
    }),
    home: status.home,
    mounted: status.mountpoint ?? 'nowhere',
    ...(status.passthrough && { passthrough: describePassthrough(status.passthrough) }),
    listening: status.listen.join(', '),
    connected: describeCompany(status),
    unsynced: describeUnsynced(status),
    ...(status.merge && { merging: describeMerge(status.merge) }),
    ...(status.conflicts > 0 && {
      conflicts: `${status.conflicts}: "peerfuse conflicts" shows them`,
    }),
    ...(status.locks.held + status.locks.waiting > 0 && { locks: describeLocks(status.locks) }),
    tree: `${countOf(status.tree.entries, 'name')}, ${countOf(status.tree.inodes, 'inode')}`,
    daemon: `process ${status.pid}, version ${status.version}, since ${formatTime(status.startedAtMs)}`,
  };
}

/** Time enough to ask for another one. */
const expiringSoonMs = 30 * 24 * 60 * 60 * 1000;

function isExpiringSoon({ certificateExpiresAtMs }: Status): boolean {
  return certificateExpiresAtMs - Date.now() < expiringSoonMs;
}

function describePassthrough({ whyNot }: NonNullable<Status['passthrough']>): string {
  return whyNot === null
    ? 'in use: the kernel reads large files that are here by itself'
    : `not in use, since ${whyNot}`;
}

function describeCompany({ connectedPeers, aloneSinceMs }: Status): string {
  if (aloneSinceMs === null) return `with ${countOf(connectedPeers, 'peer')}`;
  const duration = durationForPeople(Date.now() - aloneSinceMs);
  return `alone since ${formatTime(aloneSinceMs)} (${duration})`;
}

function describeUnsynced({ pendingOperations, pendingSinceMs, unsynced }: Status): string {
  const { unpublishedFiles } = unsynced;
  const since = pendingSinceMs === null ? '' : `, since ${formatTime(pendingSinceMs)}`;
  const parts = [
    ...(pendingOperations > 0
      ? [`${countOf(pendingOperations, 'operation')} to tell${since}`]
      : []),
    ...(unpublishedFiles > 0 ? [`${countOf(unpublishedFiles, 'file')} to publish`] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join('; ');
}

function describeMerge({ merged, total, undone, sinceMs }: NonNullable<Status['merge']>): string {
  const redone = undone > 0 ? `, ${undone} undone and done again` : '';
  return `${merged} of ${countOf(total, 'operation')}${redone}, since ${formatTime(sinceMs)}`;
}

function describeTransfer({ path, size, residentBytes, bytesByPeer }: TransferStatus): string {
  const sources = Object.entries(bytesByPeer).map(
    ([peer, bytes]) => `${peer} ${formatSize(bytes)}`,
  );
  const from = sources.length === 0 ? '' : ` from ${sources.join(', ')}`;
  return `fetching ${path}: ${formatSize(residentBytes)} of ${formatSize(size)}${from}`;
}

function describeLocks({ held, waiting, amongPeers }: Status['locks']): string {
  const others = amongPeers - 1;
  const waits = waiting > 0 ? `, ${waiting} waited for` : '';
  const by = others === 0 ? 'nobody else' : countOf(others, 'other peer');
  return `${held} held${waits}, respected by ${by}`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
