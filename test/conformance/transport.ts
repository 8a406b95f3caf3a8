import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hash } from '../../src/crypto/hash.ts';
import {
  maximumMessageBytes,
  type ExpectedChunk,
  type Link,
  type ServedChunk,
} from '../../src/network/link.ts';
import type { PeerNetwork } from '../../src/network/peer-network.ts';
import type { RecordStore } from '../../src/network/membership/membership.ts';
import type { TestDevice } from '../support/test-certificates.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { until } from '../support/until.ts';

/** One implementation of the network, as the suite needs it. */
export interface TransportUnderTest extends AsyncDisposable {
  /** A certificate of the network under test. */
  device(number: number): Promise<TestDevice>;
  open(options: OpenOptions): Promise<PeerNetwork>;
  /** Nothing passes between the two any more, and neither is told. */
  cut(one: PeerNetwork, other: PeerNetwork): void;
}

export interface OpenOptions {
  readonly device: TestDevice;
  readonly connect: readonly string[];
  readonly handler: RecordingHandler;
  readonly records: RecordStore;
}

/** A silent peer is lost after so long in every implementation under test. */
export const testLimits = {
  lostAfterMs: 600,
  probeMs: 300,
  firstRetryMs: 20,
  longestRetryMs: 200,
  courtesyMs: 50,
};

export function describeTransport(name: string, make: () => Promise<TransportUnderTest>): void {
  describe(`a network over ${name}`, () => {
    let world: TransportUnderTest;
    let folder: string;
    let networks: PeerNetwork[];

    beforeEach(async () => {
      world = await make();
      folder = mkdtempSync(join(tmpdir(), 'peerfuse-transport-'));
      networks = [];
    });

    afterEach(async () => {
      await Promise.all(networks.map((network) => network.close()));
      await world[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    const start = async (
      number: number,
      connect: readonly string[] = [],
      records: RecordStore = forgetful,
    ): Promise<Started> => {
      const handler = new RecordingHandler();
      const device = await world.device(number);
      const network = await world.open({ device, connect, handler, records });
      networks.push(network);
      return { network, handler, device, address: network.listening[0] ?? '' };
    };

    const startPair = async (): Promise<{ one: Started; two: Started; link: Link; back: Link }> => {
      const one = await start(1);
      const two = await start(2, [one.address]);
      await until(() => one.handler.links.length === 1 && two.handler.links.length === 1);
      return { one, two, link: one.handler.link, back: two.handler.link };
    };

    test('two peers have one link, and each knows from the certificate who the other is', async () => {
      const { one, two, link, back } = await startPair();
      expect(link.peer).toEqual(two.device.identity);
      expect(back.peer).toEqual(one.device.identity);
      expect(one.network.links()).toEqual([link]);
      expect(back.remoteAddress).toBe(one.address);
    });

    test('messages arrive whole and in order', async () => {
      const { two, link } = await startPair();
      for (let i = 0; i < 500; i++) link.send(i % 128, Buffer.from(String(i)));
      await until(() => two.handler.messages.length === 500);
      two.handler.messages.forEach(({ type, body }, i) => {
        expect(type).toBe(i % 128);
        expect(body.toString()).toBe(String(i));
      });
    });

    test('the largest message arrives, also as the very first one', async () => {
      const body = Buffer.alloc(maximumMessageBytes, 'abc');
      const one = await start(1);
      one.handler.onOpened = (link) => link.send(1, body);
      const two = await start(2, [one.address]);
      await until(() => two.handler.messages.length === 1);
      expect(two.handler.messages[0]?.body.equals(body)).toBe(true);
      await until(() => one.handler.link.queuedBytes === 0);
    });

    test('a message above the limit, or of a type that is not its sender’s to use, is a mistake of the sender', async () => {
      const { link } = await startPair();
      expect(() => link.send(1, Buffer.alloc(maximumMessageBytes + 1))).toThrow(RangeError);
      expect(() => link.send(128, Buffer.alloc(0))).toThrow(RangeError);
    });

    test('memory given to send may be reused at once', async () => {
      const { two, link } = await startPair();
      const body = Buffer.from('before');
      link.send(1, body);
      body.fill('x');
      await until(() => two.handler.messages.length === 1);
      expect(two.handler.messages[0]?.body.toString()).toBe('before');
    });

    test('two peers that dial each other at once keep exactly one link', async () => {
      for (let round = 0; round < 5; round++) {
        const one = await start(10 + 2 * round);
        const two = await start(11 + 2 * round);
        one.network.connect(two.address);
        two.network.connect(one.address);
        await until(() => one.handler.links.length === 1 && two.handler.links.length === 1);
        one.handler.link.send(1, Buffer.from('there'));
        two.handler.link.send(1, Buffer.from('back'));
        await until(() => one.handler.messages.length + two.handler.messages.length === 2);
        expect(one.handler.openedCount).toBe(1);
        expect(two.handler.openedCount).toBe(1);
      }
    });

    test('a peer that joined through one peer connects to the others itself', async () => {
      const one = await start(1);
      await start(2, [one.address]);
      const three = await start(3, [one.address]);
      await until(() => networks.every((network) => network.links().length === 2));
      expect(three.handler.links.map(({ peer }) => peer.device).toSorted((a, b) => a - b)).toEqual([
        1, 2,
      ]);
    });

    test('a peer remembers where the others are when it is started again', async () => {
      const one = await start(1);
      let remembered: readonly Uint8Array[] = [];
      const records = {
        load: () => remembered,
        save(saved: readonly Uint8Array[]) {
          remembered = saved;
        },
      };
      const two = await start(2, [one.address], records);
      await until(() => two.handler.links.length === 1);
      await two.network.close();
      await until(() => one.handler.links.length === 0);
      const again = await start(2, [], records);
      await until(() => again.handler.links.length === 1);
    });

    test('a peer that leaves says so, and its peers know that it was on purpose', async () => {
      const { one, two } = await startPair();
      await two.network.close();
      await until(() => one.handler.closedReasons.length === 1);
      expect(one.handler.closedReasons).toEqual(['the peer left']);
      const [known] = one.network.knownPeers();
      expect(known).toMatchObject({ device: 2, user: 'user2', lastError: 'the peer left' });
      expect(known?.state).not.toBe('connected');
    });

    test('a link that one side closes is made again', async () => {
      const { one, two, link } = await startPair();
      link.close('a test closes it');
      await until(() => one.handler.openedCount === 2 && two.handler.openedCount === 2);
      expect(two.handler.closedReasons).toEqual(['the peer closed the link: a test closes it']);
    });

    test('a peer that falls silent is declared lost', async () => {
      const { one, two } = await startPair();
      world.cut(one.network, two.network);
      await until(
        () => one.handler.closedReasons.length === 1 && two.handler.closedReasons.length === 1,
      );
      expect(one.handler.closedReasons).toEqual(['the peer fell silent']);
    });

    test('a revoked peer is cut off and not let in again', async () => {
      const { one, two } = await startPair();
      one.network.setRefused({ devices: [2], fingerprints: [] });
      await until(() => one.handler.links.length === 0 && two.handler.links.length === 0);
      await until(() => two.network.knownPeers()[0]?.lastError?.includes('revoked') === true);
      expect(one.handler.openedCount).toBe(1);
      expect(one.network.knownPeers()).toEqual([]);
    });

    test('a transfer brings verified chunks to their places, and says which are missing or bad', async () => {
      const { one, link, back } = await startPair();
      const source = join(folder, 'source');
      const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251));
      writeFileSync(source, content);
      const descriptor = openSync(source, 'r');
      const served = new ServedChunks(descriptor);
      one.handler.onServe = (_link, request) => {
        expect(request.toString()).toBe('all of it');
        return [served.piece(0, 65_536), null, served.piece(65_536, 100_000), served.piece(0, 10)];
      };
      const target = join(folder, 'target');
      writeFileSync(target, Buffer.alloc(300_000, 'x'));
      const into = openSync(target, 'r+');
      const outcomes = await back.transfer(
        Buffer.from('all of it'),
        [
          expected(content.subarray(0, 65_536), 100_000),
          expected(content.subarray(65_536, 70_000), 0),
          expected(content.subarray(65_536, 165_536), 200_000),
          { position: 0, length: 10, hash: hash(Buffer.from('something else')) },
        ],
        into,
        new AbortController().signal,
      );
      expect(outcomes).toEqual(['stored', 'missing', 'stored', 'bad']);
      const got = readFileSync(target);
      expect(got.subarray(100_000, 165_536).equals(content.subarray(0, 65_536))).toBe(true);
      expect(got.subarray(200_000, 300_000).equals(content.subarray(65_536, 165_536))).toBe(true);
      expect(got.subarray(0, 100_000).equals(Buffer.alloc(100_000, 'x'))).toBe(true);
      await until(() => served.open === 0);
      await until(() => back.bytesReceived >= 165_546 && link.bytesSent >= 165_546);
      closeSync(into);
      closeSync(descriptor);
    });

    test('what is overwritten after it was offered is missing, not bad, and what was offered with it arrives', async () => {
      const { one, back } = await startPair();
      const source = join(folder, 'source');
      const content = Buffer.from(Array.from({ length: 6 * 10_000 }, (_, i) => (i * 7919) % 251));
      writeFileSync(source, content);
      const descriptor = openSync(source, 'r+');
      const served = new ServedChunks(descriptor);
      one.handler.onServe = () => {
        const pieces = [0, 1, 2, 3, 4, 5].map((at) => served.piece(at * 10_000, 10_000));
        for (const at of [0, 3, 5]) writeSync(descriptor, 'new', at * 10_000 + 9_000);
        return pieces;
      };
      const into = openSync(join(folder, 'target'), 'w+');
      const chunks = [0, 1, 2, 3, 4, 5].map((at) =>
        expected(content.subarray(at * 10_000, (at + 1) * 10_000), at * 10_000),
      );
      const { signal } = new AbortController();
      const outcomes = await back.transfer(Buffer.from('all'), chunks, into, signal);
      expect(outcomes).toEqual(['missing', 'stored', 'stored', 'missing', 'stored', 'missing']);
      const got = readFileSync(join(folder, 'target'));
      expect(got.subarray(10_000, 30_000).equals(content.subarray(10_000, 30_000))).toBe(true);
      expect(got.subarray(40_000).equals(content.subarray(40_000, 50_000))).toBe(true);
      await until(() => served.open === 0);
      closeSync(into);
      closeSync(descriptor);
    });

    test('many transfers at once, in both directions, all arrive', async () => {
      const { one, two, link, back } = await startPair();
      const content = Buffer.from(
        Array.from({ length: 1 << 20 }, (_, i) => (i * 31 + (i >> 8)) % 256),
      );
      const source = join(folder, 'source');
      writeFileSync(source, content);
      const descriptor = openSync(source, 'r');
      const served = new ServedChunks(descriptor);
      for (const { handler } of [one, two]) {
        handler.onServe = (_link, request) => [served.piece(request.readUInt32BE(), 65_536)];
      }
      const download = async (via: Link, name: string): Promise<void> => {
        const into = openSync(join(folder, name), 'w+');
        const wanted = Array.from({ length: 64 }, (_, i) => (i % 16) * 65_536);
        const results = await Promise.all(
          wanted.map((position) => {
            const request = Buffer.alloc(4);
            request.writeUInt32BE(position);
            const chunk = expected(content.subarray(position, position + 65_536), position);
            return via.transfer(request, [chunk], into, new AbortController().signal);
          }),
        );
        closeSync(into);
        expect(new Set(results.flat())).toEqual(new Set(['stored']));
        expect(readFileSync(join(folder, name)).equals(content)).toBe(true);
      };
      await Promise.all([download(link, 'there'), download(back, 'back')]);
      await until(() => served.open === 0);
      closeSync(descriptor);
    });

    test('an aborted transfer rejects with the reason of its signal, and others go on', async () => {
      const { one, back } = await startPair();
      const content = Buffer.alloc(65_536, 'q');
      writeFileSync(join(folder, 'source'), content);
      const descriptor = openSync(join(folder, 'source'), 'r');
      const served = new ServedChunks(descriptor);
      const abort = new AbortController();
      one.handler.onServe = (_link, request) => {
        if (request.toString() === 'abort') abort.abort(new Error('not needed any more'));
        return [served.piece(0, 65_536)];
      };
      const into = openSync(join(folder, 'target'), 'w+');
      const chunks = [expected(content, 0)];
      const unabated = new AbortController().signal;
      const before = new AbortController();
      before.abort(new Error('never wanted'));
      const transfers = await Promise.allSettled([
        back.transfer(Buffer.from('abort'), chunks, into, abort.signal),
        back.transfer(Buffer.from('go on'), chunks, into, unabated),
        back.transfer(Buffer.from('no'), chunks, into, before.signal),
      ]);
      expect(transfers[0]).toMatchObject({ reason: { message: 'not needed any more' } });
      expect(transfers[1]).toMatchObject({ value: ['stored'] });
      expect(transfers[2]).toMatchObject({ reason: { message: 'never wanted' } });
      await until(() => served.open === 0);
      closeSync(into);
      closeSync(descriptor);
    });

    test('a transfer rejects when its link closes', async () => {
      const { one, back } = await startPair();
      one.handler.onServe = (link) => {
        link.close('a test closes it');
        return [null];
      };
      const into = openSync(join(folder, 'target'), 'w+');
      const chunks = [expected(Buffer.from('x'), 0)];
      const { signal } = new AbortController();
      const begun = back.transfer(Buffer.from('x'), chunks, into, signal);
      await expect(begun).rejects.toThrow();
      await expect(back.transfer(Buffer.from('x'), chunks, into, signal)).rejects.toThrow();
      closeSync(into);
    });
  });
}

interface Started {
  readonly network: PeerNetwork;
  readonly handler: RecordingHandler;
  readonly device: TestDevice;
  readonly address: string;
}

const forgetful: RecordStore = { load: () => [], save() {} };

function expected(bytes: Uint8Array, position: number): ExpectedChunk {
  return { position, length: bytes.length, hash: hash(bytes) };
}

/** Says of each piece what it is when asked; counts what was lent and not given back. */
class ServedChunks {
  open = 0;
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  piece(position: number, length: number): ServedChunk {
    this.open += 1;
    const bytes = Buffer.alloc(length);
    readSync(this.#descriptor, bytes, 0, length, position);
    return {
      ...{ descriptor: this.#descriptor, position, length, hash: hash(bytes) },
      release: () => (this.open -= 1),
    };
  }
}
