import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';
import { reasonForNoSmallDisks, SmallDisk } from '../support/small-disk.ts';

const reason = reasonForNoMounts() ?? reasonForNoSmallDisks();

describe.skipIf(reason)('a disk on which others have taken the last room', () => {
  const kept = randomBytes(300_000);
  let disk: SmallDisk;
  let network: LiveNetwork;
  let alice: LivePeer;

  beforeAll(async () => {
    disk = new SmallDisk(48 * 1024 * 1024);
    network = await LiveNetwork.create('alice', { in: disk.directory });
    alice = network.first;
    for (let index = 0; index < 100; index += 1) {
      fs.writeFileSync(alice.path(`small-${index}`), 'small');
    }
    fs.writeFileSync(alice.path('kept'), kept);
    fs.writeFileSync(alice.path('large'), randomBytes(6_000_000));
  });

  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
  });

  test('lets people remove files, which makes room at once, and refuses what would take it', async () => {
    disk.fill();
    await until('nothing new can be made', () => isRefused(() => fs.mkdirSync(newFolder())));
    for (let index = 0; index < 100; index += 1) fs.unlinkSync(alice.path(`small-${index}`));
    fs.truncateSync(alice.path('kept'), 200_000);
    expect(fs.readFileSync(alice.path('kept')).equals(kept.subarray(0, 200_000))).toBe(true);
    fs.unlinkSync(alice.path('large'));
    await until('there is room again', () => !isRefused(() => fs.mkdirSync(newFolder())));
  });

  test('lets a daemon start, read and remove', async () => {
    await alice.stop();
    disk.fill();
    await alice.mount();
    expect(fs.readFileSync(alice.path('kept')).equals(kept.subarray(0, 200_000))).toBe(true);
    expect(isRefused(() => fs.writeFileSync(alice.path('new'), randomBytes(100_000)))).toBe(true);
    fs.unlinkSync(alice.path('kept'));
    expect(fs.existsSync(alice.path('kept'))).toBe(false);
    expect(await alice.must('status')).toMatch(/the disk under this home is full/);
    expect((await alice.run('check')).stderr).toBe('');
  });

  let folders = 0;
  const newFolder = (): string => alice.path(`folder-${(folders += 1)}`);
});

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    return true;
  }
}
