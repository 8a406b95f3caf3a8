import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeBatch, hashOfBatch, noHash } from '../../../src/metadata/codec/batch.ts';
import { encodeBody } from '../../../src/metadata/codec/operation-codec.ts';
import { verifyEquivocation } from '../../../src/metadata/evidence/equivocation.ts';
import { decodeOffence, encodeOffence } from '../../../src/metadata/evidence/offence.ts';
import { inodeId, rootInode } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import {
  actingOf,
  createdMs,
  make,
  namesIn,
  networkId,
  testCertificateInfo,
  testDevice,
  type TestHome,
  World,
} from '../../support/replica-world.ts';

const alice = testDevice(1, 'alice');
const bob = testDevice(2, 'bob');
const carol = testDevice(3, 'carol');
const proofs = { network: networkId, certificateInfo: testCertificateInfo };

interface Wanted {
  readonly after?: Buffer;
  readonly sequence?: number;
  readonly name: string;
}

let counter = 0;

function batchOfAlice({ after, sequence = 1, name }: Wanted): Buffer {
  counter += 1;
  const stamp = { millis: createdMs + 5, counter, device: alice.device };
  const body = encodeBody(actingOf(alice), {
    ...{ kind: 'create', inode: inodeId(alice.device, counter), parent: rootInode },
    ...{ name: nameFromText(name), type: 'file', mode: 0o644, uid: alice.uid, gid: alice.uid },
    ...{ rdev: 0, target: '' },
  });
  const certificate = after ? null : alice.certificate;
  const previousHash = after ? hashOfBatch(after) : noHash;
  const header = { device: alice.device, sequence, previousHash, seen: new Map(), certificate };
  return encodeBatch(header, [{ stamp, body }], networkId, alice.privateKey);
}

const first = batchOfAlice({ name: 'first' });
const second = batchOfAlice({ after: first, sequence: 2, name: 'second' });
const otherSecond = batchOfAlice({ after: first, sequence: 2, name: 'other' });
const otherThird = batchOfAlice({ after: otherSecond, sequence: 3, name: 'third' });
const third = batchOfAlice({ after: second, sequence: 3, name: 'third' });

const evidenceOf = ({ replica }: TestHome) => replica.parts.evidence;

function evidenceFiles({ logDirectory }: TestHome): string[] {
  try {
    return readdirSync(join(logDirectory, 'evidence'));
  } catch {
    return [];
  }
}

test.each<[string, Buffer]>([
  ['another batch of a known number', otherSecond],
  ['a batch that continues another history', otherThird],
])('%s is kept as a proof, and nothing more is taken of its device', async (_what, forged) => {
  await using world = new World();
  const opened = world.open(bob);
  await opened.replica.accept([first, second]);
  const told: number[] = [];
  evidenceOf(opened).onQuarantine(({ device }) => told.push(device));
  expect((await opened.replica.accept([forged])).refused).toHaveLength(1);
  expect((await opened.replica.accept([third])).refused).toHaveLength(1);
  expect(namesIn(opened)).toEqual(['first', 'second']);
  expect(told).toEqual([alice.device]);
  make(opened, 'mine');
  await world.close(opened);
  const home = world.open(bob, { folder: opened.folder });
  const [quarantined] = evidenceOf(home).quarantined;
  expect(quarantined).toMatchObject({ device: alice.device, user: 'alice' });
  expect(quarantined && verifyEquivocation(quarantined.proof, proofs)).toBeDefined();
  expect((await home.replica.accept([third])).refused).toHaveLength(1);
  expect(namesIn(home)).toEqual(['first', 'mine', 'second']);
});

test('what others took before they knew is still taken from them, so that the honest come to the same', async () => {
  await using world = new World();
  const home = world.open(bob);
  await home.replica.accept([first]);
  await home.replica.accept([second, otherSecond]);
  const vouching = { device: carol.device, quarantined: new Set([alice.device]) };
  const herself = { device: alice.device, quarantined: new Set([alice.device]) };
  expect(await home.replica.accept([third], herself)).toMatchObject({ accepted: 0 });
  expect(await home.replica.accept([third], vouching)).toMatchObject({ accepted: 1 });
  expect(namesIn(home)).toEqual(['first', 'second', 'third']);
});

test('a wrong signature is noted against its sender, and says nothing against whom it names', async () => {
  await using world = new World();
  const home = world.open(bob);
  const forged = Buffer.from(second);
  forged[forged.indexOf('second')] = 0x7a;
  const sender = { device: carol.device, quarantined: new Set<never>() };
  await home.replica.accept([first]);
  for (let count = 0; count < 5; count += 1) await home.replica.accept([forged], sender);
  expect(evidenceOf(home).quarantined).toEqual([]);
  expect(evidenceOf(home).noted).toMatchObject([
    { kind: 'signature', device: alice.device, from: carol.device, count: 5 },
  ]);
  expect(evidenceFiles(home)).toHaveLength(1);
  expect(await home.replica.accept([second])).toMatchObject({ accepted: 1 });
});

test('however much nonsense is sent, what is kept of it is bounded', async () => {
  await using world = new World();
  const home = world.open(bob);
  for (let from = 1; from <= 300; from += 1) {
    const sender = { device: from as typeof carol.device, quarantined: new Set<never>() };
    await home.replica.accept([Buffer.alloc(200_000, 0x82)], sender);
  }
  expect(evidenceOf(home).noted.length).toBe(256);
  expect(evidenceFiles(home).length).toBeLessThanOrEqual(256);
});

test('batches that can be in one history prove nothing', () => {
  const signed = (bytes: Buffer) => ({ bytes, certificate: alice.certificate });
  const verdict = (one: Buffer, other: Buffer) =>
    verifyEquivocation({ first: signed(one), second: signed(other) }, proofs);
  expect(verdict(first, second)).toBeUndefined();
  expect(verdict(first, first)).toBeUndefined();
  expect(verdict(first, otherThird)).toBeUndefined();
  expect(verdict(second, otherSecond)).toMatchObject({ device: alice.device, sequence: 2 });
  expect(verdict(second, Buffer.from('noise'))).toBeUndefined();
  const stolen = { bytes: otherSecond, certificate: bob.certificate };
  expect(verifyEquivocation({ first: signed(second), second: stolen }, proofs)).toBeUndefined();
});

test('evidence is read as it was written, and what is none is not', () => {
  const offence = {
    ...({ kind: 'equivocation', device: alice.device, from: null, atMs: createdMs } as const),
    ...{ reason: 'why', batches: [first, second], certificates: [alice.certificate] },
  };
  expect(decodeOffence(encodeOffence(offence))).toEqual(offence);
  expect(decodeOffence(Buffer.from('evidence'))).toBeUndefined();
});
