import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

const reason =
  reasonForNoMounts() ?? (process.getuid?.() === 0 ? undefined : 'only root mounts a small disk');

/** All homes lie on it; so little that a test fills it at once. */
const diskBytes = 24 * 1024 * 1024;

describe.skipIf(reason)('a disk that is full', () => {
  let disk: string;
  let network: LiveNetwork;
  let alice: LivePeer;

  beforeAll(async () => {
    disk = fs.mkdtempSync(join(tmpdir(), 'peerfuse-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk]);
    network = await LiveNetwork.create('alice', { in: disk });
    alice = network.first;
  });

  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    execFileSync('umount', [disk]);
    fs.rmdirSync(disk);
  });

  test('answers ENOSPC, lets everybody read, loses nothing, and takes more when there is room', async () => {
    const kept = randomBytes(300_000);
    const room = join(disk, 'room');
    fs.writeFileSync(room, Buffer.alloc(4 * 1024 * 1024, 'x'));
    fs.writeFileSync(alice.path('kept'), kept);
    const written = await fillUp(alice);
    expect(written.size).toBeGreaterThan(0);
    // The last of the room goes to something else: now not even a name can be noted.
    const ballast = join(disk, 'ballast');
    fillWith(ballast);
    expect(codeOf(() => fs.writeFileSync(alice.path('another'), randomBytes(200_000)))).toBe(
      'ENOSPC',
    );
    const codes = new Set<string>();
    for (let index = 0; index < 500; index += 1) {
      codes.add(codeOf(() => fs.mkdirSync(alice.path(`folder-${index}`))));
    }
    expect([...codes].filter((code) => !['', 'ENOSPC'].includes(code))).toEqual([]);
    expect(codes).toContain('ENOSPC');
    expect(fs.readFileSync(alice.path('kept')).equals(kept)).toBe(true);
    for (const [name, content] of written) {
      expect(fs.readFileSync(alice.path(name)).equals(content), name).toBe(true);
    }
    expect((await alice.run('status')).stdout).toMatch(/the disk under this home is full/);

    fs.rmSync(ballast);
    fs.rmSync(room);
    await until(
      'it can be written to again',
      () => codeOf(() => fs.writeFileSync(alice.path('later'), 'there is room')) === '',
    );
    const file = fs.openSync(alice.path('later'), 'r+');
    fs.fsyncSync(file);
    fs.closeSync(file);
    for (const name of written.keys()) fs.unlinkSync(alice.path(name));
    expect((await alice.run('check')).stderr).toBe('');
    expect(fs.readFileSync(alice.path('later'), 'utf8')).toBe('there is room');
    await alice.crash();
    await alice.mount();
    expect(fs.readFileSync(alice.path('kept')).equals(kept)).toBe(true);
    expect(fs.readFileSync(alice.path('later'), 'utf8')).toBe('there is room');
    expect((await alice.run('check')).stderr).toBe('');
    await until('nothing waits', async () => {
      return !/the disk under this home/.test((await alice.run('status')).stdout);
    });
  });

  function fillWith(path: string): void {
    const file = fs.openSync(path, 'w');
    try {
      for (const length of [65_536, 4096]) {
        while (codeOf(() => writeAll(file, Buffer.alloc(length, 'x'))) === '');
      }
    } finally {
      fs.closeSync(file);
    }
  }
});

/** Files until there is no more room; those that were written and flushed as a whole. */
async function fillUp(peer: LivePeer): Promise<Map<string, Buffer>> {
  const written = new Map<string, Buffer>();
  for (let index = 0; ; index += 1) {
    const content = randomBytes(500_000);
    const name = `file-${index}`;
    const code = codeOf(() => {
      const file = fs.openSync(peer.path(name), 'w');
      try {
        writeAll(file, content);
        fs.fsyncSync(file);
      } finally {
        fs.closeSync(file);
      }
    });
    if (code === '') written.set(name, content);
    else {
      expect(code).toBe('ENOSPC');
      return written;
    }
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(file, bytes, done);
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
