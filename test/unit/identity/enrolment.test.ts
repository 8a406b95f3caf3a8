import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDeviceKey, type DeviceKey } from '../../../src/identity/device-key.ts';
import { createEnrolmentDesk } from '../../../src/identity/enrolment-desk.ts';
import { encodeEnrolmentRequest } from '../../../src/identity/enrolment-messages.ts';
import { certificateFingerprint } from '../../../src/identity/certificate.ts';
import { openInvitations } from '../../../src/identity/invitations.ts';
import { acceptEnrolmentAnswer, makeEnrolmentRequest } from '../../../src/identity/join.ts';
import type { Token } from '../../../src/identity/token.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { realDisk } from '../../../src/storage/disk.ts';
import { testNetwork } from '../../support/test-network.ts';

const hourMs = 60 * 60 * 1000;

/** Alice's network at a time that a test sets, with an invitation for bob that is valid for an hour. */
async function invitedBob() {
  let nowMs = Date.UTC(2026, 5, 1);
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };
  const network = await testNetwork(['alice'], { clock });
  const { authority, members } = network;
  const path = members[0]?.paths.invitations ?? '';
  const secret = openInvitations(path, realDisk).create('bob', nowMs + hourMs, nowMs);
  const token: Token = {
    network: 'garden',
    flavour: 'net',
    user: 'bob',
    authorityFingerprint: certificateFingerprint(authority.certificate),
    addresses: ['192.0.2.1:1777'],
    secret,
  };
  const newDesk = () =>
    createEnrolmentDesk({
      ...{ authority, invitations: openInvitations(path, realDisk), clock, logger: silentLogger },
      addresses: () => ['192.0.2.7:1777'],
    });
  let desk = newDesk();
  const answer = (request: Buffer): Promise<Buffer> => desk.answerEnrolment(request);
  const join = async (as: Token = token, key: DeviceKey = createDeviceKey()) =>
    acceptEnrolmentAnswer(
      await answer(await makeEnrolmentRequest(as, key, 1234)),
      token,
      key,
      nowMs,
    );
  return {
    ...{ token, path, answer, join },
    restart: () => void (desk = newDesk()),
    sleep: (durationMs: number) => void (nowMs += durationMs),
    [Symbol.dispose]: () => network[Symbol.dispose](),
  };
}

test('who was invited is admitted, with the number that he is used to', async () => {
  using world = await invitedBob();
  expect(await world.join()).toMatchObject({
    certificate: { network: 'garden', user: 'bob', uid: 1234, device: 2 },
    addresses: ['192.0.2.7:1777'],
  });
});

test('an invitation admits once, also when the daemon restarts in between', async () => {
  using world = await invitedBob();
  world.restart();
  expect(await world.join()).toHaveProperty('certificate');
  world.restart();
  expect(await world.join()).toEqual({
    refused: 'this invitation was used already, at 2026-06-01 00:00 UTC',
  });
});

test('two who show one secret at the same moment are not both admitted', async () => {
  using world = await invitedBob();
  const outcomes = await Promise.all([world.join(), world.join()]);
  expect(outcomes.filter((outcome) => 'certificate' in outcome)).toHaveLength(1);
});

test('an invitation expires', async () => {
  using world = await invitedBob();
  world.sleep(hourMs + 1);
  expect(await world.join()).toEqual({
    refused: 'this invitation expired at 2026-06-01 01:00 UTC',
  });
});

test('an invitation is for one user, and a mistake in the name does not burn it', async () => {
  using world = await invitedBob();
  expect(await world.join({ ...world.token, user: 'eve' })).toEqual({
    refused: 'this invitation is not for eve',
  });
  expect(await world.join()).toHaveProperty('certificate');
});

test('a secret that nobody gave out is refused', async () => {
  using world = await invitedBob();
  expect(await world.join({ ...world.token, secret: Buffer.alloc(16) })).toEqual({
    refused: 'this invitation is not known here',
  });
});

test('the file of invitations holds no secret and is for its owner alone', async () => {
  using world = await invitedBob();
  const text = readFileSync(world.path);
  expect(text.includes(world.token.secret)).toBe(false);
  expect(text.includes(world.token.secret.toString('hex'))).toBe(false);
  expect(statSync(world.path).mode & 0o777).toBe(0o600);
});

test('garbage and requests that were tampered with are answered with a refusal and burn nothing', async () => {
  using world = await invitedBob();
  const key = createDeviceKey();
  const good = await makeEnrolmentRequest(world.token, key, 0);
  const tampered = Buffer.from(good);
  tampered.writeUInt8(tampered.readUInt8(good.length - 1) ^ 1, good.length - 1);
  const { secret } = world.token;
  const notARequest = encodeEnrolmentRequest({ secret, certificateRequest: Buffer.from('x') });
  for (const request of [
    Buffer.alloc(0),
    Buffer.from('hello'),
    good.subarray(1),
    tampered,
    notARequest,
  ]) {
    const answer = await world.answer(request);
    expect(acceptEnrolmentAnswer(answer, world.token, key, 0)).toHaveProperty('refused');
  }
  expect(await world.join()).toHaveProperty('certificate');
});

test('the answer of another network is not believed', async () => {
  using world = await invitedBob();
  using other = await invitedBob();
  const key = createDeviceKey();
  const answer = await other.answer(await makeEnrolmentRequest(other.token, key, 0));
  expect(acceptEnrolmentAnswer(answer, world.token, key, Date.UTC(2026, 5, 1))).toEqual({
    refused: 'the answer comes from another network than the token names',
  });
});

test('an answer for another key or another user is not believed', async () => {
  using world = await invitedBob();
  const key = createDeviceKey();
  const answer = await world.answer(await makeEnrolmentRequest(world.token, key, 0));
  const nowMs = Date.UTC(2026, 5, 1);
  expect(acceptEnrolmentAnswer(answer, world.token, createDeviceKey(), nowMs)).toEqual({
    refused: 'the certificate is for another key',
  });
  expect(acceptEnrolmentAnswer(answer, { ...world.token, user: 'eve' }, key, nowMs)).toEqual({
    refused: 'the certificate is for somebody else',
  });
});
