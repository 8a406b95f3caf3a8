import { beforeEach, expect, test } from 'vitest';
import { kindPosix } from '../../../src/locks/file-locks.ts';
import type { LockFailure } from '../../../src/locks/held-file.ts';
import { answerPatienceMs, assertPatienceMs, disuseMs } from '../../../src/locks/limits.ts';
import { LockPeer } from '../../../src/locks/lock-peer.ts';
import { lockRead, lockWrite, type LockType } from '../../../src/locks/lock-table.ts';
import type { LockMessage, WireLock } from '../../../src/locks/messages.ts';
import { lastPosition } from '../../../src/locks/position.ts';
import { coordinatorOf } from '../../../src/locks/rendezvous.ts';

// One peer, 1, and what it says to another one, 2, for whom the test speaks: sound peers, and others.

const members = [1, 2];
const whole = { start: 0, end: lastPosition };

let sent: LockMessage[];
let misbehaved: string[];
let anew: number;
let nowMs: number;
let logLength: number;
let forbidden: Set<number>;
let published: number[];
let peer: LockPeer;

beforeEach(() => {
  [sent, misbehaved, published] = [[], [], []];
  [anew, nowMs, logLength] = [0, 0, 0];
  forbidden = new Set();
  peer = new LockPeer({
    self: 1,
    monotonicMs: () => nowMs,
    send: (_to, message) => void sent.push(message),
    mayLock: (device, inode) => device === 1 || !forbidden.has(inode),
    misbehaves: (_device, how) => void misbehaved.push(how),
    hasBatch: (_device, sequence) => sequence <= logLength,
    publish: (inode) => void published.push(inode),
    position: () => 0,
    reach: () => undefined,
    beginAnew: () => void (anew += 1),
  });
});

/** A file that this member coordinates. */
function fileOf(member: 1 | 2, from = 1): number {
  let inode = from;
  while (coordinatorOf(inode, members) !== member) inode += 1;
  return inode;
}

function acquire(inode: number, key: string, type: LockType = lockWrite, waits = false) {
  const outcome: { failure?: LockFailure | null } = {};
  const owner = { key, pid: 7, handle: 3 };
  const id = peer.holder.acquire(
    inode,
    { kind: kindPosix, owner, type, ...whole, waits },
    (failure) => {
      outcome.failure = failure;
    },
  );
  return { id, outcome };
}

const lockBy = (owner: string, type: LockType = lockWrite): WireLock => ({
  ...{ kind: kindPosix, owner, type },
  ...whole,
});

function meet(): void {
  peer.view(members);
  peer.take(2, { kind: 'assert', position: 0, more: false, files: [] });
  sent = [];
}

function ask(inode: number, id: number, waits = false): void {
  const wish = { lock: lockBy('x'), waits, waitedMs: 0, position: 0 };
  peer.take(2, { kind: 'acquire', inode, id, ...wish });
}

const lastKind = (): string | undefined => sent.at(-1)?.kind;

test('a peer that is alone answers at once, and publishes nothing', () => {
  expect(acquire(5, 'a').outcome.failure).toBeNull();
  expect(acquire(5, 'b').outcome.failure).toBe('EAGAIN');
  peer.holder.release(5, kindPosix, 'a', 0, lastPosition);
  expect(acquire(5, 'b').outcome.failure).toBeNull();
  expect([sent, published]).toEqual([[], []]);
});

test('a file that only one peer uses is judged there, until another one asks', () => {
  meet();
  const inode = fileOf(1);
  expect(acquire(inode, 'a').outcome.failure).toBeNull();
  peer.holder.release(inode, kindPosix, 'a', 0, lastPosition);
  expect(acquire(inode, 'a').outcome.failure).toBeNull();
  ask(inode, 1);
  expect(published).toEqual([inode]);
  expect(sent).toMatchObject([{ kind: 'noted' }, { kind: 'denied', failure: 'EAGAIN' }]);
});

test('processes of one machine that would wait for each other in a circle are told so', () => {
  const [first, second] = [acquire(5, 'a'), acquire(6, 'b')];
  expect([first.outcome.failure, second.outcome.failure]).toEqual([null, null]);
  const waiting = acquire(6, 'a', lockWrite, true);
  expect(acquire(5, 'b', lockWrite, true).outcome.failure).toBe('EDEADLK');
  peer.holder.release(6, kindPosix, 'b', 0, lastPosition);
  expect(waiting.outcome.failure).toBeNull();
});

test('nothing is granted before all members have said what they hold, or had time to', () => {
  peer.view(members);
  const { outcome } = acquire(fileOf(1), 'a');
  expect(outcome.failure).toBeUndefined();
  nowMs = assertPatienceMs;
  peer.look();
  expect(outcome.failure).toBeNull();
});

test('what two took against each other while apart stays with both, and nobody else gets it', () => {
  const inode = fileOf(1);
  expect(acquire(inode, 'a').outcome.failure).toBeNull();
  peer.view(members);
  const files = [{ inode, locks: [lockBy('x')] }];
  peer.take(2, { kind: 'assert', position: 0, more: false, files });
  expect([...peer.holder.contested]).toEqual([[inode, 2]]);
  expect(acquire(inode, 'b', lockRead).outcome.failure).toBe('EAGAIN');
  peer.holder.release(inode, kindPosix, 'a', 0, lastPosition);
  expect(peer.holder.contested.size).toBe(0);
  expect(acquire(inode, 'b', lockRead).outcome.failure).toBe('EAGAIN');
  peer.take(2, { kind: 'release', inode, lock: lockBy('x'), position: 0 });
  expect(acquire(inode, 'b', lockRead).outcome.failure).toBeNull();
});

test('who holds a lock against another one hears when that one has let go', () => {
  const inode = fileOf(1);
  acquire(inode, 'a');
  peer.view(members);
  const files = [{ inode, locks: [lockBy('x')] }];
  peer.take(2, { kind: 'assert', position: 0, more: false, files });
  expect(peer.holder.contested.size).toBe(1);
  peer.take(2, { kind: 'release', inode, lock: lockBy('x'), position: 0 });
  expect(peer.holder.contested.size).toBe(0);
  expect(sent.at(-1)).toEqual({ kind: 'contested', inode, device: 0 });
});

test('a lock that is let go is passed on only when what was written before is here', () => {
  meet();
  const inode = fileOf(1);
  ask(inode, 1);
  peer.holder.release(inode, kindPosix, 'a', 0, lastPosition);
  const { outcome } = acquire(inode, 'a', lockWrite, true);
  expect(lastKind()).toBe('recall');
  peer.take(2, { kind: 'returned', inode, position: 1, more: false, locks: [] });
  expect(outcome.failure).toBeUndefined();
  logLength = 1;
  peer.look();
  expect(outcome.failure).toBeNull();
});

test('who may not open a file gets no lock of it, nor by saying that he has one', () => {
  const inode = fileOf(1);
  forbidden.add(inode);
  peer.view(members);
  const files = [{ inode, locks: [lockBy('x')] }];
  peer.take(2, { kind: 'assert', position: 0, more: false, files });
  ask(inode, 1);
  expect(sent.at(-1)).toMatchObject({ kind: 'denied', failure: 'EACCES' });
  expect(acquire(inode, 'a').outcome.failure).toBeNull();
});

test('nobody lets go of what another holds, whatever he calls himself', () => {
  meet();
  const inode = fileOf(1);
  ask(fileOf(1, inode + 1), 1);
  expect(acquire(inode, 'a').outcome.failure).toBeNull();
  ask(inode, 2);
  for (const owner of ['a', '1:a', ':a']) {
    peer.take(2, { kind: 'release', inode, lock: lockBy(owner), position: 0 });
  }
  ask(inode, 3);
  expect(sent.at(-1)).toMatchObject({ kind: 'denied', id: 3, failure: 'EAGAIN' });
});

test('who does not coordinate a file grants no locks of it', () => {
  meet();
  const { id, outcome } = acquire(fileOf(1), 'a');
  expect(outcome.failure).toBeNull();
  const inode = fileOf(1);
  peer.take(2, { kind: 'granted', inode, id, delegated: true, positions: [[2, 9]] });
  peer.take(2, { kind: 'recall', inode });
  expect(sent.filter(({ kind }) => kind === 'returned')).toEqual([]);
  expect(anew).toBe(0);
});

test('who says twice what he holds, or sends without end, is reported', () => {
  meet();
  peer.take(2, { kind: 'assert', position: 0, more: false, files: [] });
  expect(misbehaved).toHaveLength(1);
  const inode = fileOf(1);
  peer.take(2, { kind: 'release', inode, lock: lockBy('x'), position: 99 });
  for (let id = 1; misbehaved.length < 2 && id < 100_000; id++) ask(inode, id);
  expect(misbehaved).toHaveLength(2);
});

test('a coordinator that does not answer holds nobody up for good', () => {
  meet();
  const inode = fileOf(2);
  const { outcome } = acquire(inode, 'a', lockWrite, true);
  nowMs = answerPatienceMs;
  peer.look();
  expect(outcome.failure).toBe('ENOLCK');
});

test('whoever is interrupted is told so soon, and a lock that comes too late is not kept', () => {
  meet();
  const inode = fileOf(2);
  const { id, outcome } = acquire(inode, 'a', lockWrite, true);
  peer.holder.cancel(id);
  expect(lastKind()).toBe('cancel');
  nowMs = 1000;
  peer.look();
  expect(outcome.failure).toBe('EINTR');
  peer.take(2, { kind: 'granted', inode, id, delegated: false, positions: [] });
  expect([anew, peer.holder.held]).toEqual([1, 0]);
});

test('a file that nobody locks any more is given back', () => {
  meet();
  const inode = fileOf(2);
  const { id } = acquire(inode, 'a');
  peer.take(2, { kind: 'granted', inode, id, delegated: true, positions: [] });
  peer.holder.release(inode, kindPosix, 'a', 0, lastPosition);
  nowMs = disuseMs;
  peer.look();
  expect(sent.at(-1)).toMatchObject({ kind: 'returned', inode, locks: [] });
  expect([published, peer.holder.files.size]).toEqual([[inode], 0]);
});
