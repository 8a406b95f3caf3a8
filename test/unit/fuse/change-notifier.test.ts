import { closeSync, readSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WaitingReads } from '../../../src/fuse/bridge/waiting-reads.ts';
import { ChangeNotifier } from '../../../src/fuse/change-notifier.ts';
import type { InodeId } from '../../../src/metadata/ids.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import { native } from '../../../src/platform/native.ts';

const folder = 7 as InodeId;
const file = 8 as InodeId;
let kernelEnd: number;
let reads: WaitingReads;
let notifier: ChangeNotifier;

beforeEach(() => {
  const pair = native.socketPair();
  if (typeof pair === 'number') throw new Error(`no socket: ${pair}`);
  kernelEnd = pair[0];
  reads = new WaitingReads();
  notifier = new ChangeNotifier(pair[1], reads, () => false);
  closeSync(pair[1]);
});

afterEach(async () => {
  await notifier.close();
  closeSync(kernelEnd);
});

/** What the kernel has been told since the last time, one line each, sorted: the two lanes are not ordered among themselves. */
async function told(): Promise<string[]> {
  await notifier.settled();
  const bytes = Buffer.alloc(65_536);
  const length = readSync(kernelEnd, bytes, 0, bytes.length, null);
  const lines: string[] = [];
  for (let start = 0; start < length; start += bytes.readUInt32LE(start)) {
    lines.push(describe(bytes.subarray(start)));
  }
  return lines.sort();
}

function describe(message: Buffer): string {
  const [code, first] = [message.readInt32LE(4), message.readBigUInt64LE(16)];
  const named = (at: number, length: number): string => message.toString('latin1', at, at + length);
  if (code === 2) {
    return `inode ${first} ${message.readBigInt64LE(24)} ${message.readBigInt64LE(32)}`;
  }
  if (code === 3) return `entry ${first} ${named(32, message.readUInt32LE(24))}`;
  return `delete ${first} ${message.readBigUInt64LE(24)} ${named(40, message.readUInt32LE(32))}`;
}

test('names that change in a directory are announced each, and the directory once', async () => {
  for (const name of ['a', 'b', 'c']) notifier.entryChanged(folder, nameFromText(name), null);
  expect(await told()).toEqual(['entry 7 a', 'entry 7 b', 'entry 7 c', 'inode 7 -1 0']);
});

test('a removal names what went, and what it knew of it is asked anew', async () => {
  notifier.entryChanged(folder, nameFromText('gone'), file);
  expect(await told()).toEqual(['delete 7 8 gone', 'inode 7 -1 0', 'inode 8 -1 0']);
});

test('bytes that changed are dropped where they changed, and the size is asked anew', async () => {
  notifier.contentChanged(file, 4096, 8192);
  expect(await told()).toEqual(['inode 8 -1 0', 'inode 8 4096 8192']);
});

test('pages that a read waits for are dropped once it has been answered', async () => {
  const waiting = reads.add(file, 8192, 4096);
  reads.add(9, 0, 4096);
  notifier.contentChanged(file, 0, 0);
  expect(await told()).toEqual(['inode 8 -1 0', 'inode 8 0 8192', 'inode 8 12288 0']);
  reads.remove(waiting);
  expect(await told()).toEqual(['inode 8 8192 4096']);
});
