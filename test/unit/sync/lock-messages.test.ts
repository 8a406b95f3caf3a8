import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LockMessage, WireLock } from '../../../src/locks/messages.ts';
import { lastPosition } from '../../../src/locks/position.ts';
import { encode, MalformedMessage } from '../../../src/sync/messages/codec.ts';
import { decodeEnvelope, encodeEnvelope } from '../../../src/sync/messages/lock-envelope.ts';
import {
  decodeLinkState,
  decodeSigned,
  encodeLinkState,
  encodeSigned,
} from '../../../src/sync/messages/lock-link-state.ts';
import { decodeLockMessage, encodeLockMessage } from '../../../src/sync/messages/lock-message.ts';

const document = readFileSync(
  join(import.meta.dirname, '../../../docs/formats/lock-messages.md'),
  'utf8',
);
const golden = new Map(
  (/```golden\n([^`]*)```/.exec(document)?.[1] ?? '')
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/) as [string, string]),
);

const inode = 2 ** 32 + 7;
const lock: WireLock = { kind: 0, owner: 'a.b', type: 1, start: 5, end: lastPosition };
const far: WireLock = { kind: 1, owner: 'c', type: 0, start: 2n ** 60n, end: 2n ** 60n + 9n };

const messages: readonly LockMessage[] = [
  { kind: 'assert', position: 3, more: false, files: [{ inode, locks: [lock, far] }] },
  { kind: 'acquire', inode, id: 1, lock, waits: true, waitedMs: 12, position: 0 },
  { kind: 'cancel', inode, id: 1 },
  { kind: 'release', inode, lock, position: 4 },
  { kind: 'test', inode, id: 2, lock: far },
  { kind: 'returned', inode, position: 5, more: true, locks: [lock] },
  { kind: 'granted', inode, id: 1, delegated: true, positions: [[2, 9]] },
  { kind: 'denied', inode, id: 1, failure: 'EAGAIN' },
  { kind: 'noted', inode, id: 1 },
  { kind: 'tested', inode, id: 2, conflict: { ...lock, device: 2 } },
  { kind: 'recall', inode },
  { kind: 'contested', inode, device: 2 },
];

const envelope = {
  ...{ view: '00112233445566778899aabbccddeeff', from: 1, to: 2, sequence: 1 },
  ...{ payload: Buffer.from('hi'), signature: null },
};
const linkState = { version: 7, neighbours: [2, 3], certificate: Buffer.from('cert') };
const signed = { payload: Buffer.from('said'), signature: Buffer.from('signed') };

test('what we send is what the documented format shows', () => {
  const ours = new Map([
    ...messages.map((message) => [message.kind, hex(encodeLockMessage(message))] as const),
    ['envelope', hex(encodeEnvelope(envelope))] as const,
    ['link-state', hex(encodeLinkState(linkState))] as const,
    ['signed', hex(encodeSigned(signed))] as const,
  ]);
  expect(Object.fromEntries(golden)).toEqual(Object.fromEntries(ours));
});

test.each(messages)('$kind is understood as it was meant', (message) => {
  expect(decodeLockMessage(Buffer.from(encodeLockMessage(message)))).toEqual(message);
});

test('what carries them is understood as it was meant', () => {
  expect(decodeEnvelope(Buffer.from(encodeEnvelope(envelope)))).toEqual(envelope);
  expect(decodeLinkState(Buffer.from(encodeLinkState(linkState)))).toEqual(linkState);
  expect(decodeSigned(Buffer.from(encodeSigned(signed)))).toEqual(signed);
});

test.each([
  ['no array', encode('lock')],
  ['an unknown kind', encode([99, encode([])])],
  ['too few fields', encode([2, encode([inode])])],
  ['a lock that ends before it starts', encode([4, encode([inode, 1, [0, 'a', 1, 9, 5]])])],
  ['a negative place', encode([4, encode([inode, 1, [0, 'a', 1, -1, 5]])])],
  ['a place beyond the last', encode([4, encode([inode, 1, [0, 'a', 1, 0, 2n ** 63n]])])],
  ['a kind of lock that there is not', encode([4, encode([inode, 1, [2, 'a', 1, 0, 5]])])],
  ['an owner without end', encode([4, encode([inode, 1, [0, 'a'.repeat(33), 1, 0, 5]])])],
  ['a failure that there is not', encode([7, encode([inode, 1, 'EVERYTHING'])])],
  ['an inode that is none', encode([10, encode([0.5])])],
  ['more locks than allowed', encode([5, encode([inode, 0, false, Array(8193).fill(0)])])],
])('%s closes the link', (_what, body) => {
  expect(() => decodeLockMessage(Buffer.from(body))).toThrow(MalformedMessage);
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
