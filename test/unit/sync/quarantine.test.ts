import { expect, test } from 'vitest';
import type { ContentStore } from '../../../src/content/content-store.ts';
import type { UserId } from '../../../src/identity/ids.ts';
import { encodeBatch, hashOfBatch, noHash } from '../../../src/metadata/codec/batch.ts';
import { encodeBody } from '../../../src/metadata/codec/operation-codec.ts';
import { inodeId, rootInode } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import type { Link } from '../../../src/network/link.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { encodeEvidence } from '../../../src/sync/messages/evidence-message.ts';
import { messageType } from '../../../src/sync/messages/message-type.ts';
import { Synchroniser } from '../../../src/sync/synchroniser.ts';
import {
  actingOf,
  createdMs,
  make,
  namesIn,
  networkId,
  testDevice,
  type TestDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';
import { until } from '../../support/until.ts';

const [alice, bob, carol] = [testDevice(1, 'alice'), testDevice(2, 'bob'), testDevice(3, 'carol')];
const mallory = testDevice(4, 'mallory');
const noContent = { addSource() {}, removeSource() {} } as unknown as ContentStore;

interface Node extends AsyncDisposable {
  readonly home: TestHome;
  readonly synchroniser: Synchroniser;
}

function start(world: World, who: TestDevice): Node {
  const home = world.open(who);
  const synchroniser = new Synchroniser({
    ...{ self: who.device, replica: home.replica, content: noContent },
    ...{ acknowledgements: { load: () => 0, save() {} }, clock: world.clock },
    ...{ evidence: home.replica.parts.evidence, logger: silentLogger },
  });
  return { home, synchroniser, [Symbol.asyncDispose]: () => synchroniser.close() };
}

/** Every message that crosses is counted by its type. */
function connect(one: Node, other: Node, types: number[] = []): void {
  const ends: Link[] = [];
  const end = (to: Node, at: number): Link => {
    const { device, user, uid } = to.home.who;
    return {
      peer: { device, user, uid: uid as UserId, fingerprint: '' },
      ...{ remoteAddress: '', roundTripMs: 0, queuedBytes: 0, bytesReceived: 0, bytesSent: 0 },
      transfer: () => Promise.reject(new Error('there is no content here')),
      close() {},
      send(type, body) {
        types.push(type);
        const bytes = Buffer.from(body);
        const back = ends[1 - at];
        if (back) setImmediate(() => to.synchroniser.message(back, type, bytes));
      },
    };
  };
  ends.push(end(other, 0), end(one, 1));
  for (const [node, link] of [[one, ends[0]] as const, [other, ends[1]] as const]) {
    if (link) node.synchroniser.opened(link);
  }
}

function batchOf(who: TestDevice, sequence: number, name: string, after?: Buffer): Buffer {
  const stamp = { millis: createdMs + sequence, counter: 0, device: who.device };
  const body = encodeBody(actingOf(who), {
    ...{ kind: 'create', inode: inodeId(who.device, sequence), parent: rootInode },
    ...{ name: nameFromText(name), type: 'file', mode: 0o644, uid: who.uid, gid: who.uid },
    ...{ rdev: 0, target: '' },
  });
  const previousHash = after ? hashOfBatch(after) : noHash;
  const certificate = after ? null : who.certificate;
  const header = { device: who.device, sequence, previousHash, seen: new Map(), certificate };
  return encodeBatch(header, [{ stamp, body }], networkId, who.privateKey);
}

const first = batchOf(mallory, 1, 'first');
const toSome = batchOf(mallory, 2, 'to some', first);
const toOthers = batchOf(mallory, 2, 'to others', first);
const afterOthers = batchOf(mallory, 3, 'after others', toOthers);

const isQuarantined = ({ home }: Node) => home.replica.parts.evidence.isQuarantined(mallory.device);

test('two histories of one length are found out when those meet who know one each', async () => {
  await using world = new World();
  await using one = start(world, alice);
  await using other = start(world, bob);
  await one.home.replica.accept([first, toSome]);
  await other.home.replica.accept([first, toOthers]);
  make(one.home, 'of alice');
  await one.home.replica.flush();
  connect(one, other);
  await until(() => isQuarantined(one) && isQuarantined(other));
  await until(() => namesIn(other.home).includes('of alice'));
});

test('of two histories one of which is longer that is found out likewise', async () => {
  await using world = new World();
  await using one = start(world, alice);
  await using other = start(world, bob);
  await one.home.replica.accept([first, toSome]);
  await other.home.replica.accept([first, toOthers, afterOthers]);
  connect(one, other);
  await until(() => isQuarantined(one) && isQuarantined(other));
});

test('peers who know the same send each other no batches because of it', async () => {
  await using world = new World();
  await using one = start(world, alice);
  await using other = start(world, bob);
  await one.home.replica.accept([first, toSome]);
  await other.home.replica.accept([first, toSome]);
  const types: number[] = [];
  connect(one, other, types);
  const count = (which: number) => types.filter((type) => type === which).length;
  await until(() => {
    world.clock.advance(100);
    return count(messageType.batches) === 2 && count(messageType.announcement) >= 4;
  });
  // One empty answer to each announcement that wants what is missing.
  expect(count(messageType.logHeads)).toBe(2);
  expect([one, other].some(isQuarantined)).toBe(false);
  expect(one.home.replica.parts.evidence.noted).toEqual([]);
});

test('whoever finds out that a device signed two histories tells everybody, who check it', async () => {
  await using world = new World();
  await using one = start(world, alice);
  await using two = start(world, bob);
  await using three = start(world, carol);
  await one.home.replica.accept([first, toSome]);
  await two.home.replica.accept([first, toOthers]);
  connect(one, two);
  connect(two, three);
  expect([one, two, three].some(isQuarantined)).toBe(false);
  await two.home.replica.accept([afterOthers]);
  await until(() => {
    world.clock.advance(100);
    return [one, two, three].every(isQuarantined);
  });
  make(one.home, 'unharmed');
  await one.home.replica.flush();
  await until(() => {
    world.clock.advance(100);
    return namesIn(three.home).includes('unharmed');
  });
  // Each has what it took before it knew; the one that came late has one of the two.
  expect(namesIn(one.home)).toEqual(['first', 'to some', 'unharmed']);
  expect(namesIn(two.home)).toEqual(['after others', 'first', 'to others', 'unharmed']);
});

test('what was refused is not offered again with everything else that is told', async () => {
  await using world = new World();
  await using one = start(world, alice);
  await using two = start(world, bob);
  await one.home.replica.accept([first, toSome]);
  await two.home.replica.accept([first, toOthers, afterOthers]);
  const types: number[] = [];
  connect(one, two, types);
  await until(() => {
    world.clock.advance(100);
    return isQuarantined(one) && isQuarantined(two);
  });
  for (let count = 0; count < 10; count += 1) {
    make(two.home, `later ${count}`);
    await two.home.replica.flush();
    await until(() => {
      world.clock.advance(100);
      return namesIn(one.home).includes(`later ${count}`);
    });
  }
  const { noted } = one.home.replica.parts.evidence;
  expect(noted.map(({ kind, count }) => [kind, count])).toEqual([['equivocation', 1]]);
  expect(types.filter((type) => type === messageType.evidence).length).toBeLessThanOrEqual(2);
});

test('a proof that proves nothing accuses nobody, and is noted against its sender', async () => {
  await using world = new World();
  await using one = start(world, alice);
  await using two = start(world, bob);
  connect(one, two);
  const signed = (bytes: Buffer) => ({ bytes, certificate: mallory.certificate });
  const link = { peer: { device: carol.device }, send() {}, close() {} } as unknown as Link;
  one.synchroniser.opened(link);
  const proof = encodeEvidence({ first: signed(first), second: signed(toSome) });
  one.synchroniser.message(link, messageType.evidence, Buffer.from(proof));
  expect(isQuarantined(one)).toBe(false);
  expect(one.home.replica.parts.evidence.noted).toMatchObject([
    { kind: 'false-proof', from: carol.device, count: 1 },
  ]);
});
