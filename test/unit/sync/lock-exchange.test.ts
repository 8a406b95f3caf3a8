import { expect, test } from 'vitest';
import { kindPosix } from '../../../src/locks/file-locks.ts';
import type { LockFailure } from '../../../src/locks/held-file.ts';
import { lockWrite } from '../../../src/locks/lock-table.ts';
import { lastPosition } from '../../../src/locks/position.ts';
import { coordinatorOf } from '../../../src/locks/rendezvous.ts';
import type { Link } from '../../../src/network/link.ts';
import { MalformedMessage } from '../../../src/sync/messages/codec.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  type LockEnvelope,
} from '../../../src/sync/messages/lock-envelope.ts';
import { encodeLockMessage } from '../../../src/sync/messages/lock-message.ts';
import { LockWorld, type WorldLockPeer } from '../../support/lock-world.ts';

// Peers 1 and 3 have no link: 2 is between them, and carries what they say.

async function chain() {
  const world = new LockWorld(3);
  const [first, middle, last] = world.allPeers as [WorldLockPeer, WorldLockPeer, WorldLockPeer];
  const came: { link: Link; envelope: LockEnvelope }[] = [];
  const take = first.exchange.takeEnvelope.bind(first.exchange);
  first.exchange.takeEnvelope = (link, body) => {
    came.push({ link, envelope: decodeEnvelope(Buffer.from(body)) });
    take(link, body);
  };
  world.connect(first, middle);
  world.connect(middle, last);
  await settle(world);
  return { world, first, last, came };
}

async function settle(world: LockWorld): Promise<void> {
  while (!world.isQuiet) await world.step(0);
}

function fileOf(member: number): number {
  let inode = 1;
  while (coordinatorOf(inode, [1, 2, 3]) !== member) inode += 1;
  return inode;
}

function acquire({ exchange }: WorldLockPeer, inode: number) {
  const outcome: { failure?: LockFailure | null } = {};
  const range = { start: 0, end: lastPosition };
  const owner = { key: 'o', pid: 1, handle: 1 };
  exchange.peer.holder.acquire(
    inode,
    { kind: kindPosix, owner, type: lockWrite, ...range, waits: false },
    (failure) => {
      outcome.failure = failure;
    },
  );
  return outcome;
}

test('peers without a link lock for each other over the one between them', async () => {
  const { world, first, last } = await chain();
  expect(first.exchange.members).toEqual([1, 2, 3]);
  const held = acquire(last, fileOf(1));
  await settle(world);
  const refused = acquire(first, fileOf(1));
  await settle(world);
  expect([held.failure, refused.failure]).toEqual([null, 'EAGAIN']);
});

test('the one between them can neither let go of their locks nor change what they say', async () => {
  const { world, first, last, came } = await chain();
  const inode = fileOf(1);
  acquire(last, inode);
  await settle(world);
  // The first one asks, so that the file is judged by it, with what the last one holds.
  acquire(first, inode);
  await settle(world);
  const said = came.findLast(({ envelope }) => envelope.from === last.device);
  if (said === undefined) throw new Error('nothing came from the last one');
  const whole = { start: 0, end: lastPosition };
  const lock = { kind: kindPosix, owner: 'o', type: lockWrite, ...whole } as const;
  const payload = Buffer.from(encodeLockMessage({ kind: 'release', inode, lock, position: 0 }));
  const next = { ...said.envelope, sequence: said.envelope.sequence + 1, payload };
  for (const forged of [
    next,
    { ...next, signature: null },
    { ...next, signature: Buffer.alloc(64) },
  ]) {
    first.exchange.takeEnvelope(said.link, Buffer.from(encodeEnvelope(forged)));
  }
  // What was said once means nothing a second time.
  first.exchange.takeEnvelope(said.link, Buffer.from(encodeEnvelope(said.envelope)));
  const refused = acquire(first, inode);
  await settle(world);
  expect(refused.failure).toBe('EAGAIN');
});

test('what is malformed is told to the link that it came over, and to nobody who only passed it on', async () => {
  const { first, came } = await chain();
  const fromMiddle = came.find(({ envelope, link }) => envelope.from === link.peer.device);
  if (fromMiddle === undefined) throw new Error('nothing came from the middle one');
  const { link } = fromMiddle;
  const last = came.findLast(({ envelope }) => envelope.from === link.peer.device)?.envelope;
  if (last === undefined) throw new Error('nothing came');
  const bad = { ...last, sequence: last.sequence + 1, payload: Buffer.from('nonsense') };
  expect(() => first.exchange.takeEnvelope(link, Buffer.from(encodeEnvelope(bad)))).toThrow(
    MalformedMessage,
  );
  expect(() => first.exchange.takeEnvelope(link, Buffer.from('nonsense'))).toThrow(
    MalformedMessage,
  );
  expect(() => first.exchange.takeLinkState(link, Buffer.from('nonsense'))).toThrow(
    MalformedMessage,
  );
});
