import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BreakableDisk } from '../support/breakable-disk.ts';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';
import { reasonForNoSmallDisks } from '../support/small-disk.ts';

/** PEERFUSE_POWER_CUTS: how many times, each after one file less. */
const rounds = Number(process.env.PEERFUSE_POWER_CUTS ?? 1);

const reason = reasonForNoMounts() ?? reasonForNoSmallDisks();

describe.skipIf(reason)('a disk that takes nothing any more', () => {
  let disk: BreakableDisk;
  let network: LiveNetwork;
  let alice: LivePeer;

  beforeEach(async () => {
    disk = await BreakableDisk.create();
    network = await LiveNetwork.create('alice', { in: disk.directory });
    alice = network.first;
  });

  afterEach(async () => {
    for (const peer of network.peers) await peer.crash();
    // Its files are gone with the disk.
    await network[Symbol.asyncDispose]().catch(() => undefined);
    await disk[Symbol.asyncDispose]();
  });

  test.each(Array.from({ length: rounds }, (_, at) => 30 - at))(
    'because the power went has everything that was fsynced, and nothing that cannot be read, after %i files',
    async (count) => {
      const flushed = new Map<string, Buffer>();
      for (let index = 0; index < count; index += 1) {
        const content = randomBytes(1 + ((index * 7919) % 200_000));
        const file = fs.openSync(alice.path(`flushed-${index}`), 'w');
        fs.writeSync(file, content);
        fs.fsyncSync(file);
        fs.closeSync(file);
        flushed.set(`flushed-${index}`, content);
        fs.writeFileSync(alice.path(`not-${index}`), randomBytes(100_000));
        fs.renameSync(alice.path(`not-${index}`), alice.path(`renamed-${index % 5}`));
      }
      await disk.break();
      await alice.crash();
      await disk.replace();
      fs.appendFileSync(`${alice.home}/config.toml`, 'waitForPeers = "500ms"\n');
      // As after a new start of the machine.
      fs.writeFileSync(`${alice.home}/running`, 'another boot\n');
      await alice.mount();
      for (const [name, content] of flushed) {
        expect(fs.readFileSync(alice.path(name)).equals(content), name).toBe(true);
      }
      await until('all can be read', async () => {
        const files = await fs.promises.readdir(alice.mountpoint);
        const contents = files.map((name) => fs.promises.readFile(alice.path(name)));
        return (await Promise.allSettled(contents)).every(({ status }) => status === 'fulfilled');
      });
      expect((await alice.run('check')).stderr).toBe('');
    },
  );

  test('because it is out of order is said so, refuses changes, and goes on being read', async () => {
    const content = randomBytes(50_000);
    fs.writeFileSync(alice.path('before'), content);
    await disk.break();
    expect(codeOf(() => writeAndFlush(alice.path('after')))).toMatch(/EIO|EROFS/);
    await until('changes are refused', () => /EIO|EROFS/.test(codeOf(() => newFolder())));
    expect(fs.readFileSync(alice.path('before')).equals(content)).toBe(true);
    expect(await alice.must('status')).toMatch(/the disk under this home fails .*replace the disk/);
  });

  let folders = 0;
  const newFolder = (): void => fs.mkdirSync(alice.path(`folder-${(folders += 1)}`));
});

function writeAndFlush(path: string): void {
  const file = fs.openSync(path, 'w');
  try {
    fs.fsyncSync(file);
  } finally {
    codeOf(() => fs.closeSync(file));
  }
}

/** The code of the failure, or nothing. */
function codeOf(call: () => unknown): string {
  try {
    call();
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
