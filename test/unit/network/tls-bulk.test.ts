import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hash } from '../../../src/crypto/hash.ts';
import type { NetworkLimits } from '../../../src/network/limits.ts';
import type { ExpectedChunk, Link } from '../../../src/network/link.ts';
import { openPeerNetwork } from '../../../src/network/open-peer-network.ts';
import type { PeerNetwork } from '../../../src/network/peer-network.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { freePort } from '../../support/free-port.ts';
import { RecordingHandler } from '../../support/recording-handler.ts';
import { testAuthority, type TestAuthority } from '../../support/test-certificates.ts';
import { until } from '../../support/until.ts';

const blockBytes = 65_536;
let authority: TestAuthority;
let folder: string;
let networks: PeerNetwork[];
let descriptors: number[];

beforeEach(async () => {
  authority = await testAuthority();
  folder = mkdtempSync(join(tmpdir(), 'peerfuse-bulk-'));
  networks = [];
  descriptors = [];
});

afterEach(async () => {
  await Promise.all(networks.map((network) => network.close()));
  descriptors.forEach((descriptor) => closeSync(descriptor));
  rmSync(folder, { recursive: true });
});

interface Options {
  readonly connect?: readonly string[];
  readonly listen?: readonly string[];
  readonly advertise?: readonly string[];
  readonly limits?: Partial<NetworkLimits>;
}

async function start(
  number: number,
  options: Options = {},
): Promise<RecordingHandler & { address: string }> {
  const { credentials, identity } = await authority.issue(number);
  const handler = Object.assign(new RecordingHandler(), { address: '' });
  const network = await openPeerNetwork({
    ...{ credentials, identity, handler, connect: [], listen: ['127.0.0.1:0'], ...options },
    ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
    records: { load: () => [], save() {} },
  });
  networks.push(network);
  handler.address = network.listening[0] ?? '';
  return handler;
}

function open(name: string, content?: Buffer): number {
  if (content !== undefined) writeFileSync(join(folder, name), content);
  const descriptor = openSync(join(folder, name), content === undefined ? 'w+' : 'r');
  descriptors.push(descriptor);
  return descriptor;
}

/** Makes `handler` serve block n of `content` for a request that names n and how many. */
function serveBlocks(handler: RecordingHandler, content: Buffer): void {
  const descriptor = open('source', content);
  handler.onServe = (_link, request) =>
    Array.from({ length: request.readUInt8(1) }, (_, i) => {
      const position = (request.readUInt8(0) + i) * blockBytes;
      const block = content.subarray(position, position + blockBytes);
      return { descriptor, position, length: blockBytes, hash: hash(block), release() {} };
    });
}

function chunksOf(content: Buffer, first: number, count: number): ExpectedChunk[] {
  return Array.from({ length: count }, (_, i) => {
    const position = (first + i) * blockBytes;
    return {
      position,
      length: blockBytes,
      hash: hash(content.subarray(position, position + blockBytes)),
    };
  });
}

async function download(link: Link, content: Buffer, name: string): Promise<void> {
  const into = open(name);
  const blocks = content.length / blockBytes;
  const transfers = Array.from({ length: blocks / 4 }, (_, i) =>
    link.transfer(
      Buffer.from([i * 4, 4]),
      chunksOf(content, i * 4, 4),
      into,
      new AbortController().signal,
    ),
  );
  expect((await Promise.all(transfers)).flat().every((outcome) => outcome === 'stored')).toBe(true);
  expect(readFileSync(join(folder, name)).equals(content)).toBe(true);
}

function someContent(blocks: number): Buffer {
  const content = Buffer.alloc(blocks * blockBytes, 'peerfuse');
  for (let block = 0; block < blocks; block++) content.writeUInt32BE(block, block * blockBytes);
  return content;
}

test('a peer that cannot dial downloads over connections that the other makes for it', async () => {
  // What the first peer tells about itself leads nowhere, and it came from a port where nobody listens.
  const nowhere = `127.0.0.1:${await freePort()}`;
  const two = await start(2);
  const one = await start(1, { connect: [two.address], advertise: [nowhere] });
  await until(() => one.links.length === 1 && two.links.length === 1);
  const content = someContent(64);
  serveBlocks(one, content);
  await download(two.link, content, 'target');
});

test('several workers share a port, and carry transfers both ways', async () => {
  const limits = { workers: 2 };
  const one = await start(1, { limits });
  const two = await start(2, { limits, connect: [one.address] });
  await until(() => one.links.length === 1 && two.links.length === 1);
  const content = someContent(64);
  serveBlocks(one, content);
  await download(two.link, content, 'target');
  serveBlocks(two, content);
  await download(one.link, content, 'back');
});

test('a peer listens on IPv4 and IPv6 at once', async () => {
  const one = await start(1, { listen: ['127.0.0.1:0', '[::1]:0'] });
  const [first] = networks;
  expect(first?.listening).toHaveLength(2);
  const two = await start(2, { connect: [first?.listening[1] ?? ''] });
  await until(() => one.links.length === 1 && two.links.length === 1);
  expect(two.link.remoteAddress).toMatch(/^\[::1\]:\d+$/);
  expect(one.address).toMatch(/^127/);
});

test('nothing is written into a descriptor after its transfer was aborted', async () => {
  const one = await start(1);
  const two = await start(2, { connect: [one.address] });
  await until(() => one.links.length === 1 && two.links.length === 1);
  const content = someContent(128);
  serveBlocks(one, content);
  for (let round = 0; round < 10; round++) {
    const into = openSync(join(folder, 'aborted'), 'w+');
    const abort = new AbortController();
    const transfers = Array.from({ length: 8 }, (_, i) =>
      two.link.transfer(
        Buffer.from([i * 16, 16]),
        chunksOf(content, i * 16, 16),
        into,
        abort.signal,
      ),
    );
    await transfers[0];
    abort.abort(new Error('enough'));
    await Promise.allSettled(transfers);
    closeSync(into);
    // The number of the descriptor now belongs to this file.
    writeFileSync(join(folder, 'other'), Buffer.alloc(content.length, 'x'));
    const reused = openSync(join(folder, 'other'), 'r+');
    expect(reused).toBe(into);
    await download(two.link, content, `after${round}`);
    expect(readFileSync(join(folder, 'other')).equals(Buffer.alloc(content.length, 'x'))).toBe(
      true,
    );
    closeSync(reused);
  }
});

test('a transfer that cannot be written fails, and the connection goes on', async () => {
  const one = await start(1);
  const two = await start(2, { connect: [one.address] });
  await until(() => one.links.length === 1 && two.links.length === 1);
  const content = someContent(16);
  serveBlocks(one, content);
  const readOnly = open('read-only', Buffer.alloc(0));
  const { signal } = new AbortController();
  const failing = two.link.transfer(Buffer.from([0, 4]), chunksOf(content, 0, 4), readOnly, signal);
  await expect(failing).rejects.toThrow('could not be written');
  await download(two.link, content, 'target');
});

test('a file that is shorter than what was offered is missing at the end, not padded', async () => {
  const one = await start(1);
  const two = await start(2, { connect: [one.address] });
  await until(() => one.links.length === 1 && two.links.length === 1);
  const content = someContent(16);
  serveBlocks(one, content.subarray(0, 6 * blockBytes + 100));
  const { signal } = new AbortController();
  const outcomes = await Promise.all(
    [0, 4, 8].map((first) =>
      two.link.transfer(
        Buffer.from([first, 4]),
        chunksOf(content, first, 4),
        open(`t${first}`),
        signal,
      ),
    ),
  );
  expect(outcomes[0]).toEqual(['stored', 'stored', 'stored', 'stored']);
  expect(outcomes[1]?.slice(2)).toEqual(['missing', 'missing']);
  expect(outcomes[2]).toEqual(['missing', 'missing', 'missing', 'missing']);
});
