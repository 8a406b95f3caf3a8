import { expect, test } from 'vitest';
import { Arbiter, type LockRequest } from '../../../src/locks/arbiter.ts';
import { kindFlock, kindPosix } from '../../../src/locks/file-locks.ts';
import { yieldToWaitersMs } from '../../../src/locks/limits.ts';
import { lockRead, lockWrite } from '../../../src/locks/lock-table.ts';
import { lastPosition } from '../../../src/locks/position.ts';

let ids = 0;

function wish(key: string, more: Partial<LockRequest> = {}): LockRequest {
  return {
    ...{ id: ++ids, kind: kindPosix, owner: { key, device: 1, pid: 1, handle: 1 } },
    ...{ type: lockWrite, start: 0, end: lastPosition, waits: true, sinceMs: 0 },
    ...more,
  };
}

const ownersOf = (requests: readonly LockRequest[]): string[] =>
  requests.map(({ owner }) => owner.key);

test('who waits first is served first, and a reader does not overtake a writer who waits', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('reader', { type: lockRead }), 0);
  expect(arbiter.request(wish('writer'), 0)).toBe('waits');
  expect(arbiter.request(wish('late reader', { type: lockRead }), 0)).toBe('waits');
  expect(ownersOf(arbiter.release(kindPosix, 'reader', 0, lastPosition, 0))).toEqual(['writer']);
  expect(ownersOf(arbiter.release(kindPosix, 'writer', 0, lastPosition, 0))).toEqual([
    'late reader',
  ]);
});

test('who holds a lock of the file already is not held back by those who may wait for him', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('reader', { type: lockRead, end: 9 }), 0);
  expect(arbiter.request(wish('writer'), 0)).toBe('waits');
  expect(arbiter.request(wish('reader', { type: lockRead, start: 5, end: 30 }), 0)).toBe('granted');
});

test('nobody lets others go first for good, since they may wait for something else of his', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('reader', { type: lockRead }), 0);
  arbiter.request(wish('writer'), 0);
  arbiter.request(wish('late reader', { type: lockRead }), 0);
  expect(arbiter.grantWaiting(yieldToWaitersMs - 1)).toEqual([]);
  expect(ownersOf(arbiter.grantWaiting(yieldToWaitersMs))).toEqual(['late reader']);
});

test('who does not wait is refused for what is held, not for what is waited for', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('reader', { type: lockRead }), 0);
  arbiter.request(wish('writer'), 0);
  expect(arbiter.request(wish('other', { type: lockRead, waits: false }), 0)).toBe('granted');
  expect(arbiter.request(wish('another', { waits: false }), 0)).toBe('refused');
});

test('a lock of flock is lost when another type is asked for and not had', () => {
  const arbiter = new Arbiter();
  const shared = { kind: kindFlock, type: lockRead } as const;
  arbiter.request(wish('a', shared), 0);
  arbiter.request(wish('b', shared), 0);
  expect(arbiter.request(wish('a', { kind: kindFlock, waits: false }), 0)).toBe('refused');
  expect(arbiter.request(wish('b', { kind: kindFlock, waits: false }), 0)).toBe('granted');
});

test('a lock of fcntl is kept when another type is asked for and not had', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('a', { type: lockRead }), 0);
  arbiter.request(wish('b', { type: lockRead }), 0);
  expect(arbiter.request(wish('a', { waits: false }), 0)).toBe('refused');
  expect(arbiter.request(wish('b', { waits: false }), 0)).toBe('refused');
});

test('a writer who becomes a reader lets other readers in', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('writer'), 0);
  arbiter.request(wish('reader', { type: lockRead }), 0);
  expect(arbiter.request(wish('writer', { type: lockRead }), 0)).toBe('granted');
  expect(ownersOf(arbiter.grantWaiting(0))).toEqual(['reader']);
});

test('a wish that is given up holds back nobody', () => {
  const arbiter = new Arbiter();
  arbiter.request(wish('holder', { type: lockRead }), 0);
  const given = wish('writer');
  arbiter.request(given, 0);
  arbiter.request(wish('reader', { type: lockRead }), 0);
  expect(arbiter.cancel(1, given.id)).toBe(given);
  expect(ownersOf(arbiter.grantWaiting(0))).toEqual(['reader']);
});
