import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '../src/crypto/hash.ts';
import type { ExpectedChunk, Link, LinkHandler, ServedChunk } from '../src/network/link.ts';
import { openPeerNetwork } from '../src/network/open-peer-network.ts';
import type { PeerNetwork } from '../src/network/peer-network.ts';
import { systemClock } from '../src/platform/clock.ts';
import { silentLogger } from '../src/platform/logger.ts';
import { systemRandom } from '../src/platform/random.ts';
import { testAuthority, type TestDevice } from '../test/support/test-certificates.ts';
import { measureRawTls } from './raw-tls.ts';

// What a link carries from a file of one process into a file of another, every block verified, and what that leaves of the thread that
// answers the kernel.

const blockBytes = 65_536;
const blocksPerTransfer = 16;
const transfersUnderWay = 8;

export interface LinkTransferResult {
  /** Into a new file, whose pages the kernel has to find first. */
  readonly bytesPerSecond: number;
  /** The same again into the same pages: what the link itself carries. */
  readonly warmBytesPerSecond: number;
  /** Of the receiving main thread, 0 to 1. */
  readonly eventLoopUtilisation: number;
}

export async function measureLinkTransfer(
  totalBytes = 1024 ** 3,
  directory = tmpdir(),
): Promise<LinkTransferResult> {
  const folder = mkdtempSync(join(directory, 'peerfuse-bench-'));
  const source = join(folder, 'source');
  const hashes = writeSource(source, totalBytes);
  const authority = await testAuthority();
  const child = fork(import.meta.filename, ['serve', source]);
  let network: PeerNetwork | undefined;
  try {
    child.send(await authority.issue(1));
    const [address] = (await once(child, 'message')) as [string];
    const linked = Promise.withResolvers<Link>();
    network = await open(await authority.issue(2), [address], {
      ...idleHandler,
      opened: (link) => linked.resolve(link),
    });
    const target = openSync(join(folder, 'target'), 'w+');
    const link = await linked.promise;
    await download(link, hashes.slice(0, 16), target);
    const before = performance.eventLoopUtilization();
    const bytesPerSecond = await timed(totalBytes, () => download(link, hashes, target));
    const warmBytesPerSecond = await timed(totalBytes, () => download(link, hashes, target));
    const { utilization } = performance.eventLoopUtilization(before);
    closeSync(target);
    return { bytesPerSecond, warmBytesPerSecond, eventLoopUtilisation: utilization };
  } finally {
    await network?.close();
    const exited = once(child, 'exit');
    child.kill();
    await exited;
    rmSync(folder, { recursive: true });
  }
}

async function timed(bytes: number, work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (bytes * 1000) / (performance.now() - startMs);
}

const idleHandler: LinkHandler = { opened() {}, message() {}, serve: () => [], closed() {} };

function open(
  { credentials, identity }: TestDevice,
  connect: readonly string[],
  handler: LinkHandler,
): Promise<PeerNetwork> {
  return openPeerNetwork({
    ...{ credentials, identity, connect, handler, listen: ['127.0.0.1:0'] },
    ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
    records: { load: () => [], save() {} },
  });
}

/** The hash of each block. */
function writeSource(path: string, totalBytes: number): Buffer[] {
  const block = randomBytes(blockBytes);
  const file = openSync(path, 'wx');
  const hashes: Buffer[] = [];
  for (let position = 0; position < totalBytes; position += blockBytes) {
    block.writeDoubleBE(position);
    writeSync(file, block);
    hashes.push(hash(block));
  }
  closeSync(file);
  return hashes;
}

async function download(link: Link, hashes: readonly Buffer[], target: number): Promise<void> {
  const { signal } = new AbortController();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < hashes.length) {
      const first = next;
      next += blocksPerTransfer;
      const chunks = hashes.slice(first, first + blocksPerTransfer).map((each, index) => ({
        position: (first + index) * blockBytes,
        length: blockBytes,
        hash: each,
      })) satisfies ExpectedChunk[];
      const request = Buffer.alloc(8);
      request.writeUInt32BE(first);
      request.writeUInt32BE(chunks.length, 4);
      const outcomes = await link.transfer(request, chunks, target, signal);
      if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error(outcomes.join());
    }
  };
  await Promise.all(Array.from({ length: transfersUnderWay }, worker));
}

async function serve(path: string): Promise<void> {
  const file = openSync(path, 'r');
  const hashes: Buffer[] = [];
  const [device] = (await once(process, 'message')) as [TestDevice];
  const handler: LinkHandler = {
    ...idleHandler,
    serve: (_link, request) => {
      const first = request.readUInt32BE();
      const count = request.readUInt32BE(4);
      return Array.from({ length: count }, (_, index) =>
        servedBlock(file, first + index, hashes[first + index]!),
      );
    },
  };
  // Into the page cache, as a file is that was just written or read.
  const block = Buffer.alloc(blockBytes);
  for (let at = 0; readSync(file, block, 0, blockBytes, at) > 0; at += blockBytes) {
    hashes.push(hash(block));
  }
  const network = await open(device, [], handler);
  process.send?.(network.listening[0] ?? '');
}

function servedBlock(descriptor: number, index: number, blockHash: Buffer): ServedChunk {
  const position = index * blockBytes;
  return { descriptor, position, length: blockBytes, hash: blockHash, release() {} };
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === 'serve') await serve(process.argv[3] ?? '');
  else {
    const raw = await measureRawTls();
    const measured = await measureLinkTransfer(1024 ** 3, process.argv[2]);
    const { bytesPerSecond, warmBytesPerSecond, eventLoopUtilisation } = measured;
    console.log(
      `raw node:tls ${Math.round(raw / 1e6)} MB/s, link.transfer ${Math.round(bytesPerSecond / 1e6)} MB/s, ` +
        `ratio ${(bytesPerSecond / raw).toFixed(2)}, again ${Math.round(warmBytesPerSecond / 1e6)} MB/s, ratio ${(warmBytesPerSecond / raw).toFixed(2)}, main thread ${eventLoopUtilisation.toFixed(2)}`,
    );
  }
}
