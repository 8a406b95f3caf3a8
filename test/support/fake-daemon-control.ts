import type { DaemonControl } from '../../src/control/daemon-control.ts';
import type { Status } from '../../src/control/status.ts';

/** A daemon as the local API sees one, with everything at rest. `calls` says what it was asked to do. */
export function fakeDaemonControl(overrides: Partial<DaemonControl> = {}): DaemonControl & {
  readonly calls: string[];
} {
  const calls: string[] = [];
  const note = (call: string): Promise<void> => Promise.resolve(void calls.push(call));
  return {
    calls,
    status: () => fakeStatus,
    peers: () => [],
    transfers: () => fakeStatus.transfers,
    async invite(user, validMs) {
      await note(`invite ${user} ${validMs}`);
      return { token: 'peerfuse-x', user, expiresAtMs: validMs };
    },
    async sign(_requestText, user, validMs) {
      await note(`sign ${user} ${validMs}`);
      return { answerText: 'PEM\n', user: 'bob', uid: 1000, device: 2, expiresAtMs: validMs };
    },
    async reload() {
      await note('reload');
      return { needRestart: ['listen'] };
    },
    async check() {
      await note('check');
      return { inodes: 2, entries: 1, problems: [] };
    },
    umount: () => note('umount'),
    stop: () => note('stop'),
    ...overrides,
  };
}

export const fakeStatus: Status = {
  pid: process.pid,
  version: '0.1.0',
  home: '/home',
  startedAtMs: 0,
  network: 'garden',
  networkId: 'ab'.repeat(32),
  flavour: 'net',
  user: 'alice',
  uid: 1000,
  device: 1,
  certificateExpiresAtMs: 0,
  holdsAuthority: true,
  listen: ['127.0.0.1:1777'],
  mountpoint: null,
  connectedPeers: 0,
  aloneSinceMs: 0,
  pendingOperations: 0,
  pendingSinceMs: null,
  unsynced: { unsealedOperations: 0, unpublishedFiles: 0 },
  transfers: [{ path: '/film', size: 100, residentBytes: 50, bytesByPeer: { bob: 50 } }],
  traffic: { receivedBytes: 50, sentBytes: 0 },
  tree: { inodes: 2, entries: 1 },
  frontier: { 1: 3 },
  merge: null,
  conflicts: 0,
  clock: { aheadMs: null, correctionMs: 0, stampsAheadMs: 0, peers: [] },
  parked: [],
  quarantined: [],
  refused: [],
  concerns: [],
  residentBytes: 1,
};
