import type { ConflictReply } from '../../src/control/conflicts.ts';
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
    conflicts: () => Promise.resolve([]),
    async conflict(path) {
      await note(`conflict ${path}`);
      return fakeConflict;
    },
    async takeInConflict(path) {
      await note(`take ${path}`);
      return fakeConflict;
    },
    async keepBothInConflict(path) {
      await note(`keep-both ${path}`);
      return fakeConflict;
    },
    umount: () => note('umount'),
    stop: () => note('stop'),
    ...overrides,
  };
}

const fakeContender = {
  ...{ type: 'file', size: 10, residentBytes: 10, mode: 0o644, uid: 1000, gid: 1000 },
  ...({ kind: 'version', changedAtMs: 0 } as const),
};

export const fakeConflict: ConflictReply = {
  path: '/letter',
  kind: 'versions',
  contenders: [
    { ...fakeContender, path: '/letter', inode: 7, hasName: true, user: 'bob', device: 2 },
    {
      ...fakeContender,
      ...{ path: '/letter (conflict, alice, 1970-01-01)', inode: 8, hasName: false },
      ...{ user: 'alice', device: 1 },
    },
  ],
};

export const fakeStatus: Status = {
  rescued: {
    directory: '/home/alice/.local/share/peerfuse/rescued',
    files: 0,
    changes: 0,
    lastChanges: [],
  },
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
  passthrough: null,
  connectedPeers: 0,
  aloneSinceMs: 0,
  locks: { held: 0, waiting: 0, amongPeers: 1, awaitedPeers: 0, contested: [] },
  pendingOperations: 0,
  pendingSinceMs: null,
  unsynced: { unsealedOperations: 0, unpublishedFiles: 0 },
  transfers: [{ path: '/film', size: 100, residentBytes: 50, bytesByPeer: { bob: 50 } }],
  traffic: { receivedBytes: 50, sentBytes: 0 },
  tree: { inodes: 2, entries: 1 },
  frontier: { 1: 3 },
  merge: null,
  checkpoint: {
    ...{
      threshold: null,
      operationsSince: 0,
      waitsFor: null,
      absent: [],
      problem: null,
      belated: 0,
    },
  },
  conflicts: 0,
  clock: { aheadMs: null, correctionMs: 0, stampsAheadMs: 0, peers: [] },
  parked: [],
  quarantined: [],
  refused: [],
  concerns: [],
  residentBytes: 1,
};
