import { createServer, type Server } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { enrol } from '../../../src/network/enrolment/enrol.ts';
import type { OnEnrol } from '../../../src/network/enrolment/enrolment-clerk.ts';
import { RateLimit } from '../../../src/network/enrolment/rate-limit.ts';
import { openPeerNetwork } from '../../../src/network/open-peer-network.ts';
import type { PeerNetwork } from '../../../src/network/peer-network.ts';
import { alpn } from '../../../src/network/wire/alpn.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { ExpectedFailure } from '../../../src/util/expected-failure.ts';
import { freePort } from '../../support/free-port.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingHandler } from '../../support/recording-handler.ts';
import { testAuthority, type TestAuthority } from '../../support/test-certificates.ts';

const networks: PeerNetwork[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await Promise.all(networks.splice(0).map((network) => network.close()));
});

async function desk(authority: TestAuthority, onEnrol?: OnEnrol): Promise<string> {
  const { credentials, identity } = await authority.issue(1);
  const network = await openPeerNetwork({
    ...{ credentials, identity, connect: [], listen: ['127.0.0.1:0'] },
    ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
    ...(onEnrol && { onEnrol }),
    handler: new RecordingHandler(),
    records: { load: () => [], save() {} },
  });
  networks.push(network);
  return network.listening[0] ?? '';
}

test('a newcomer without a certificate gets the answer to his one request', async () => {
  const authority = await testAuthority();
  const address = await desk(authority, async (request, remoteAddress) => {
    expect(remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    return Buffer.concat([Buffer.from('welcome, '), request]);
  });
  const unreachable = `127.0.0.1:${await freePort()}`;
  const answer = await enrol([unreachable, address], authority.fingerprint, Buffer.from('carol'));
  expect(answer.toString()).toBe('welcome, carol');
});

test('a refusal reaches the newcomer with its reason, a bug without', async () => {
  const authority = await testAuthority();
  const address = await desk(authority, async (request) => {
    if (request.length === 1) throw new Error('a secret of the implementation');
    throw new ExpectedFailure('refused', 'the invitation was used already');
  });
  await expect(enrol([address], authority.fingerprint, Buffer.from('ab'))).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('the invitation was used already'),
  });
  await expect(enrol([address], authority.fingerprint, Buffer.from('a'))).rejects.toMatchObject({
    kind: 'refused',
    message: expect.not.stringContaining('secret'),
  });
});

test('nothing is sent to a peer of another network', async () => {
  const [expected, other] = [await testAuthority(), await testAuthority()];
  let asked = 0;
  const address = await desk(other, async () => {
    asked += 1;
    return Buffer.alloc(0);
  });
  await expect(enrol([address], expected.fingerprint, Buffer.from('x'))).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('its authority is another one'),
  });
  expect(asked).toBe(0);
});

test('an impostor who shows the right authority with a certificate that it did not issue is sent nothing', async () => {
  const [authority, other] = [await testAuthority(), await testAuthority()];
  const { credentials } = await other.issue(1);
  let heard = 0;
  const server = createServer(
    {
      cert: credentials.certificatePem + authority.certificate.toString(),
      key: credentials.privateKeyPem,
      ALPNProtocols: [alpn.enrol],
    },
    (socket) => socket.on('data', (bytes: Buffer) => (heard += bytes.length)).on('error', () => {}),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  await expect(enrol([address], authority.fingerprint, Buffer.from('x'))).rejects.toMatchObject({
    kind: 'refused',
  });
  expect(heard).toBe(0);
});

test('nobody there, and a peer that does not enrol, are unreachable with the reason', async () => {
  const authority = await testAuthority();
  const address = await desk(authority);
  const nobody = `127.0.0.1:${await freePort()}`;
  const failed = enrol([nobody, address], authority.fingerprint, Buffer.from('x'));
  await expect(failed).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining(`${nobody}: nobody listens there`),
  });
});

test('a peer that does not answer in time is unreachable', async () => {
  const authority = await testAuthority();
  const address = await desk(authority, () => new Promise(() => {}));
  const failed = enrol([address], authority.fingerprint, Buffer.from('x'), 300);
  await expect(failed).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('did not answer in time'),
  });
});

test('somebody who keeps trying is refused without being heard', async () => {
  const authority = await testAuthority();
  let heard = 0;
  const address = await desk(authority, async () => {
    heard += 1;
    throw new ExpectedFailure('refused', 'wrong secret');
  });
  const attempts = Array.from({ length: 15 }, () =>
    enrol([address], authority.fingerprint, Buffer.from('guess')).catch(
      (error: Error) => error.message,
    ),
  );
  const messages = await Promise.all(attempts);
  expect(messages.some((message) => String(message).includes('too many attempts'))).toBe(true);
  expect(heard).toBeLessThan(15);
});

test('a rate limit admits its burst, then one at a time, for each key', () => {
  const clock = new ManualClock();
  const limit = new RateLimit({ burst: 2, refillMs: 1000 }, clock);
  expect([limit.admits('a'), limit.admits('a'), limit.admits('a')]).toEqual([true, true, false]);
  expect(limit.admits('b')).toBe(true);
  clock.advance(1000);
  expect([limit.admits('a'), limit.admits('a')]).toEqual([true, false]);
});
