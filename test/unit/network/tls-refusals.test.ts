import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { signingAlgorithm, webKeys } from '../../../src/identity/web-keys.ts';
import { x509 } from '../../../src/identity/x509.ts';
import { parseAddress } from '../../../src/network/address.ts';
import { openPeerNetwork } from '../../../src/network/open-peer-network.ts';
import type { PeerNetwork } from '../../../src/network/peer-network.ts';
import { alpn } from '../../../src/network/wire/alpn.ts';
import { encodeFrame, frameHeaderBytes } from '../../../src/network/wire/frame.ts';
import { frameType } from '../../../src/network/wire/frame-type.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { LogFields, Logger } from '../../../src/platform/logger.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { RecordingHandler } from '../../support/recording-handler.ts';
import {
  testAuthority,
  type TestAuthority,
  type TestDevice,
} from '../../support/test-certificates.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
const networks: PeerNetwork[] = [];
const sockets: TLSSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(networks.splice(0).map((network) => network.close()));
});

class Peer {
  readonly handler = new RecordingHandler();
  readonly logged: string[] = [];
  network!: PeerNetwork;

  async open(device: TestDevice, connect: readonly string[] = []): Promise<this> {
    const log = (fields: LogFields): void => void this.logged.push(String(fields['reason']));
    const logger: Logger = { debug() {}, info() {}, warn: log, error: log };
    this.network = await openPeerNetwork({
      ...{ credentials: device.credentials, identity: device.identity, handler: this.handler },
      ...{ clock: systemClock, random: systemRandom, logger, connect, listen: ['127.0.0.1:0'] },
      records: { load: () => [], save() {} },
      limits: { firstRetryMs: 50 },
    });
    networks.push(this.network);
    return this;
  }

  get address(): string {
    return this.network.listening[0] ?? '';
  }

  get lastError(): string {
    return this.network.knownPeers()[0]?.lastError ?? '';
  }
}

async function expectRefusal(
  server: TestDevice,
  client: TestDevice,
  reason: string,
): Promise<void> {
  const one = await new Peer().open(server);
  const two = await new Peer().open(client, [one.address]);
  await until(
    () => two.lastError.includes(reason) && one.logged.some((each) => each.includes(reason)),
  );
  expect(one.handler.openedCount + two.handler.openedCount).toBe(0);
}

test('a peer of another network is refused, and both sides log why', async () => {
  const [ours, theirs] = [await testAuthority(), await testAuthority()];
  await expectRefusal(await ours.issue(1), await theirs.issue(2), 'not issued by the authority');
});

test('a peer whose certificate expired is refused', async () => {
  const authority = await testAuthority();
  const past = { notBeforeMs: Date.now() - 2 * dayMs, notAfterMs: Date.now() - dayMs };
  await expectRefusal(await authority.issue(1), await authority.issue(2, past), 'expired');
});

test('a peer does not talk to a listener whose certificate expired', async () => {
  const authority = await testAuthority();
  const past = { notBeforeMs: Date.now() - 2 * dayMs, notAfterMs: Date.now() - dayMs };
  const one = await new Peer().open(await authority.issue(1, past));
  const two = await new Peer().open(await authority.issue(2), [one.address]);
  await until(() => two.lastError.includes('expired'));
  expect(one.handler.openedCount).toBe(0);
});

test('a certificate for another purpose is refused', async () => {
  const authority = await testAuthority();
  await expectRefusal(await authority.issue(1), await serverOnly(authority), 'another purpose');
});

test('a peer with a copy of our own certificate is refused', async () => {
  const authority = await testAuthority();
  const device = await authority.issue(1);
  await expectRefusal(device, device, 'certificate of this very peer');
});

test('without a certificate there is neither control nor bulk', async () => {
  const authority = await testAuthority();
  const one = await new Peer().open(await authority.issue(1));
  for (const protocol of [alpn.control, alpn.bulk]) {
    const text = await answerTo(one.address, { ALPNProtocols: [protocol] });
    expect(text).toContain('it presented no certificate');
  }
  await until(() => one.logged.length === 2);
});

test('a connection for no purpose that we know, or with an older TLS, does not come about', async () => {
  const one = await new Peer().open(await (await testAuthority()).issue(1));
  await expect(answerTo(one.address, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow();
  const older = { ALPNProtocols: [alpn.control], maxVersion: 'TLSv1.2' as const };
  await expect(answerTo(one.address, older)).rejects.toThrow();
});

test('a frame above the limit closes the connection with a logged reason', async () => {
  const authority = await testAuthority();
  const one = await new Peer().open(await authority.issue(1));
  const { credentials } = await authority.issue(2);
  const huge = encodeFrame(frameType.hello, 0, Buffer.alloc(0));
  huge.writeUInt32BE(0xffffffff);
  await answerTo(one.address, { ...tlsOf(credentials), ALPNProtocols: [alpn.control] }, huge);
  await until(() => one.logged.some((reason) => reason.startsWith('malformed')));
});

test('a bulk connection that asks before it greets, or sends what nobody asked for, is closed with a logged reason', async () => {
  const authority = await testAuthority();
  const one = await new Peer().open(await authority.issue(1));
  const { credentials } = await authority.issue(2);
  const options = { ...tlsOf(credentials), ALPNProtocols: [alpn.bulk] };
  await answerTo(one.address, options, encodeFrame(frameType.bulkRequest, 1, Buffer.alloc(1)));
  const run = Buffer.alloc(8 + 1);
  run.writeUInt16BE(1, 2);
  run.writeUInt32BE(1, 4);
  await answerTo(one.address, options, encodeFrame(frameType.bulkRun, 7, run));
  expect(frameHeaderBytes).toBe(9);
  await until(() => one.logged.filter((reason) => reason.startsWith('malformed')).length === 2);
});

test('a port that is taken is one clear sentence', async () => {
  const authority = await testAuthority();
  const one = await new Peer().open(await authority.issue(1));
  const { credentials, identity } = await authority.issue(2);
  const opening = openPeerNetwork({
    ...{ credentials, identity, handler: new RecordingHandler(), connect: [] },
    ...{ clock: systemClock, random: systemRandom, logger: silent, listen: [one.address] },
    records: { load: () => [], save() {} },
  });
  await expect(opening).rejects.toMatchObject({ kind: 'machine', message: /port is in use/ });
});

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function tlsOf({ certificatePem, privateKeyPem }: TestDevice['credentials']): ConnectionOptions {
  return { cert: certificatePem, key: privateKeyPem };
}

/** Everything that the listener says before it closes the connection. */
function answerTo(address: string, options: ConnectionOptions, say?: Buffer): Promise<string> {
  const { host = '', port = 0 } = parseAddress(address) ?? {};
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...options });
    sockets.push(socket);
    const heard: Buffer[] = [];
    let secured = false;
    socket.on('secureConnect', () => {
      secured = true;
      if (say !== undefined) socket.write(say);
    });
    socket.on('data', (bytes: Buffer) => heard.push(bytes));
    socket.on('error', (error) => (secured ? undefined : reject(error)));
    socket.on('close', () => resolve(Buffer.concat(heard).toString('latin1')));
  });
}

async function serverOnly(authority: TestAuthority): Promise<TestDevice> {
  const device = await authority.issue(2);
  const issuer = new x509.X509Certificate(authority.certificate.raw);
  const keys = generateKeyPairSync('ed25519');
  const algorithm = signingAlgorithm(authority.privateKey);
  if (algorithm === undefined) throw new Error('the authority cannot sign');
  const certificate = await x509.X509CertificateGenerator.create({
    issuer: issuer.subjectName,
    subject: [{ CN: ['a web server'] }],
    publicKey: keys.publicKey.toCryptoKey({ name: 'Ed25519' }, true, ['verify']),
    signingKey: webKeys(authority.privateKey, algorithm).privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'url', value: 'peerfuse://garden/user2?uid=20002&device=2' },
      ]),
    ],
  });
  return {
    ...device,
    credentials: {
      ...device.credentials,
      certificatePem: new X509Certificate(Buffer.from(certificate.rawData)).toString(),
      privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
  };
}
