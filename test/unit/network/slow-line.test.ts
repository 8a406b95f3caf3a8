import { createServer, connect as connectTcp, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { toPem } from '../../../src/identity/pem.ts';
import type { Link, LinkHandler } from '../../../src/network/link.ts';
import { openPeerNetwork } from '../../../src/network/open-peer-network.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { type TestMember, testNetwork } from '../../support/test-network.ts';
import { until } from '../../support/until.ts';

const messageBytes = 200_000;
const lostAfterMs = 1500;

/** Passes so many bytes every 100 ms towards the peer behind it, once it is told to be slow. */
class SlowLine {
  slow = false;
  readonly #server = createServer((near) => this.#join(near));
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  address = '';

  constructor(port: number) {
    this.#port = port;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket): void {
    const far = connectTcp(this.#port, '127.0.0.1');
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy()));
    }
    far.pipe(near);
    near.on('data', (bytes: Buffer) => void this.#drip(near, far, bytes));
  }

  async #drip(near: Socket, far: Socket, bytes: Buffer): Promise<void> {
    near.pause();
    for (let at = 0; at < bytes.length; at += 5000) {
      far.write(bytes.subarray(at, at + 5000));
      if (this.slow) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    near.resume();
  }
}

async function open(member: TestMember, handler: Partial<LinkHandler>, connect: string[] = []) {
  const { certificate, authority, key } = member.identity;
  const { device, user, uid, fingerprint } = certificate;
  return openPeerNetwork({
    credentials: {
      certificatePem: toPem('CERTIFICATE', certificate.der),
      authorityPem: toPem('CERTIFICATE', authority.raw),
      privateKeyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    },
    identity: { device, user, uid, fingerprint },
    handler: { opened() {}, message() {}, serve: () => [], closed() {}, ...handler },
    ...{ clock: systemClock, random: systemRandom, logger: silentLogger, connect },
    ...{ records: { load: () => [], save() {} }, limits: { lostAfterMs } },
    // Nobody else is to be dialled directly.
    ...{ listen: ['127.0.0.1:0'], advertise: ['127.0.0.1:9'] },
  });
}

test('a peer from which a long message comes slowly is not taken for lost', async () => {
  using network = await testNetwork(['alice', 'bob']);
  const [alice, bob] = network.members;
  if (!alice || !bob) throw new Error('somebody is missing');
  const lost: string[] = [];
  let arrived = 0;
  const receiver = await open(alice, {
    message: (_link, _type, body) => void (arrived = body.length),
    closed: (_link, reason) => void lost.push(reason),
  });
  const port = Number(receiver.listening[0]?.split(':').at(-1));
  const line = await new SlowLine(port).open();
  const links: Link[] = [];
  const sender = await open(bob, { opened: (link) => void links.push(link) }, [line.address]);
  try {
    await until(() => links.length === 1);
    line.slow = true;
    const startedMs = performance.now();
    links[0]?.send(1, Buffer.alloc(messageBytes));
    await until(() => arrived > 0 || lost.length > 0);
    expect(lost).toEqual([]);
    expect(arrived).toBe(messageBytes);
    // Otherwise the line was too fast to prove anything.
    expect(performance.now() - startedMs).toBeGreaterThan(2 * lostAfterMs);
  } finally {
    await sender.close();
    await receiver.close();
    line.close();
  }
});
