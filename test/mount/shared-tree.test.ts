import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

// Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
describe.skipIf(reasonForNoMounts())('two mounts of one network', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;

  beforeAll(async () => {
    ({ network, alice, bob } = await LiveNetwork.aliceAndBob());
  });

  afterAll(() => network[Symbol.asyncDispose]());

  const seen = (path: string): Promise<void> =>
    until(`${path} is there`, () => fs.existsSync(path));

  test('a file copied into one is read through the other', async () => {
    fs.writeFileSync(alice.path('hello.txt'), 'hello from alice');
    await seen(bob.path('hello.txt'));
    await until('its content is there', () => fs.statSync(bob.path('hello.txt')).size === 16);
    expect(fs.readFileSync(bob.path('hello.txt'), 'utf8')).toBe('hello from alice');
  });

  test('what the kernel remembers is told when something changes elsewhere', async () => {
    expect(fs.existsSync(bob.path('later'))).toBe(false);
    fs.mkdirSync(alice.path('later'));
    await seen(bob.path('later'));
    expect(fs.statSync(bob.path('later')).mode & 0o777).not.toBe(0o700);
    fs.chmodSync(alice.path('later'), 0o700);
    await until('the mode is seen', () => (fs.statSync(bob.path('later')).mode & 0o777) === 0o700);
    fs.rmdirSync(alice.path('later'));
    await until('it is gone', () => !fs.existsSync(bob.path('later')));
  });

  test('listings follow while entries come and go elsewhere', async () => {
    fs.mkdirSync(alice.path('list'));
    await seen(bob.path('list'));
    for (let index = 0; index < 100; index++) fs.writeFileSync(alice.path('list', `${index}`), '');
    await until('all are listed', () => fs.readdirSync(bob.path('list')).length === 100);
    for (let index = 0; index < 100; index += 2) fs.unlinkSync(alice.path('list', `${index}`));
    await until('half are listed', () => fs.readdirSync(bob.path('list')).length === 50);
  });

  test('a rename moves the file with all it is on the other side', async () => {
    fs.writeFileSync(alice.path('old-name'), 'same file');
    await seen(bob.path('old-name'));
    const { ino } = fs.statSync(bob.path('old-name'));
    fs.renameSync(alice.path('old-name'), alice.path('new-name'));
    await seen(bob.path('new-name'));
    expect(fs.existsSync(bob.path('old-name'))).toBe(false);
    expect(fs.statSync(bob.path('new-name')).ino).toBe(ino);
    expect(fs.statSync(alice.path('new-name')).ino).toBe(ino);
  });

  test('links of both kinds, times to the nanosecond and names of any bytes cross', async () => {
    const name = Buffer.concat([
      Buffer.from(alice.path('bytes-')),
      Buffer.from([0xff, 0xfe, 0x80]),
    ]);
    const there = Buffer.concat([Buffer.from(bob.path('bytes-')), Buffer.from([0xff, 0xfe, 0x80])]);
    fs.writeFileSync(name, 'x');
    fs.linkSync(name, alice.path('second-name'));
    fs.symlinkSync('second-name', alice.path('symbolic'));
    // Node takes a negative number for the present, but not a date.
    fs.utimesSync(name, new Date(-1500), 4_000_000_000.25);
    await until('the link is there', () => fs.existsSync(bob.path('symbolic')));
    await until('times are there', () => fs.statSync(there).mtimeMs === 4_000_000_000_250);
    expect(fs.statSync(there).atimeMs).toBe(-1500);
    expect(fs.statSync(there).nlink).toBe(2);
    expect(fs.readlinkSync(bob.path('symbolic'))).toBe('second-name');
    expect(fs.statSync(bob.path('symbolic')).ino).toBe(fs.statSync(there).ino);
  });

  test('an edit in place on either side is seen on the other by a reader that has it open', async () => {
    fs.writeFileSync(alice.path('edited'), Buffer.alloc(300_000, 'a'));
    await until('it is there', () => sizeOf(bob.path('edited')) === 300_000);
    const reading = fs.openSync(bob.path('edited'), 'r');
    try {
      expect(fs.readFileSync(bob.path('edited')).equals(Buffer.alloc(300_000, 'a'))).toBe(true);
      const writing = fs.openSync(alice.path('edited'), 'r+');
      fs.writeSync(writing, 'XYZ', 150_000);
      fs.closeSync(writing);
      const target = Buffer.alloc(5);
      await until('the edit is read', () => {
        fs.readSync(reading, target, 0, 5, 149_999);
        return target.toString() === 'aXYZa';
      });
    } finally {
      fs.closeSync(reading);
    }
    // Each user may write only what is his, as anywhere: alice opens hers to all.
    fs.chmodSync(alice.path('edited'), 0o666);
    await until('bob may', () => (fs.statSync(bob.path('edited')).mode & 0o777) === 0o666);
    fs.appendFileSync(bob.path('edited'), 'end');
    await until('alice sees it', () => sizeOf(alice.path('edited')) === 300_003);
    expect(fs.readFileSync(alice.path('edited'), 'latin1').slice(-4)).toBe('aend');
  });

  test('on a net network files belong to the user that the certificate names', async () => {
    fs.writeFileSync(alice.path('hers'), 'private');
    fs.chmodSync(alice.path('hers'), 0o600);
    fs.writeFileSync(bob.path('his'), '');
    await seen(alice.path('his'));
    await until('the mode is there', () => {
      return (
        fs.existsSync(bob.path('hers')) && (fs.statSync(bob.path('hers')).mode & 0o777) === 0o600
      );
    });
    const [hers, his] = [fs.statSync(bob.path('hers')), fs.statSync(alice.path('his'))];
    expect(hers.uid).toBe(hers.gid);
    expect(hers.uid).not.toBe(his.uid);
    expect(() => fs.readFileSync(bob.path('hers'))).toThrow(/EACCES/);
    expect(() => fs.chmodSync(bob.path('hers'), 0o666)).toThrow(/EPERM/);
    expect(() => fs.unlinkSync(bob.path('hers'))).toThrow(/EPERM|EACCES/);
  });

  test('a file removed elsewhere goes on working for who has it open', async () => {
    fs.writeFileSync(alice.path('doomed'), 'still here');
    await until('it is there', () => sizeOf(bob.path('doomed')) === 10);
    const file = fs.openSync(bob.path('doomed'), 'r');
    try {
      fs.unlinkSync(alice.path('doomed'));
      await until('its name is gone', () => !fs.existsSync(bob.path('doomed')));
      const target = Buffer.alloc(10);
      expect(fs.readSync(file, target, 0, 10, 0)).toBe(10);
      expect(target.toString()).toBe('still here');
    } finally {
      fs.closeSync(file);
    }
  });

  test('a file removed elsewhere is written on by who has it open, for himself alone', async () => {
    fs.writeFileSync(alice.path('doomed'), 'one', { mode: 0o666 });
    fs.chmodSync(alice.path('doomed'), 0o666);
    await until('bob may', () => (statOf(bob.path('doomed'))?.mode ?? 0) % 0o1000 === 0o666);
    const file = fs.openSync(bob.path('doomed'), 'r+');
    try {
      fs.unlinkSync(alice.path('doomed'));
      await until('its name is gone', () => !fs.existsSync(bob.path('doomed')));
      await until('it has no link', () => fs.fstatSync(file).nlink === 0);
      fs.writeSync(file, 'two and more', 0);
      fs.fsyncSync(file);
      fs.ftruncateSync(file, 7);
      const bytes = Buffer.alloc(20);
      expect(bytes.toString('latin1', 0, fs.readSync(file, bytes, 0, 20, 0))).toBe('two and');
    } finally {
      fs.closeSync(file);
    }
    expect(fs.existsSync(alice.path('doomed'))).toBe(false);
    // The name is free for another.
    fs.writeFileSync(bob.path('doomed'), 'new');
    await until('it is there', () => sizeOf(alice.path('doomed')) === 3);
  });

  test('a file that is replaced elsewhere stays what it was for who has it open', async () => {
    fs.writeFileSync(alice.path('config'), 'old text');
    await until('it is there', () => sizeOf(bob.path('config')) === 8);
    const file = fs.openSync(bob.path('config'), 'r');
    try {
      fs.writeFileSync(alice.path('config.new'), 'new');
      fs.renameSync(alice.path('config.new'), alice.path('config'));
      await until('the new one is there', () => sizeOf(bob.path('config')) === 3);
      const bytes = Buffer.alloc(20);
      expect(bytes.toString('latin1', 0, fs.readSync(file, bytes, 0, 20, 0))).toBe('old text');
      expect(fs.readFileSync(bob.path('config'), 'utf8')).toBe('new');
      await until('it has no link', () => fs.fstatSync(file).nlink === 0);
    } finally {
      fs.closeSync(file);
    }
  });

  test('a file takes the room here that was read of it', async () => {
    fs.writeFileSync(alice.path('large'), Buffer.alloc(2_000_000, 'x'));
    await until('it is there', () => sizeOf(bob.path('large')) === 2_000_000);
    expect(fs.statSync(alice.path('large')).blocks).toBeGreaterThanOrEqual(2_000_000 / 512);
    expect(fs.statSync(bob.path('large')).blocks).toBe(0);
    fs.readFileSync(bob.path('large'));
    expect(fs.statSync(bob.path('large')).blocks).toBeGreaterThanOrEqual(2_000_000 / 512);
  });

  test('the consistency check finds nothing on either side', async () => {
    expect((await alice.run('check')).exitCode).toBe(0);
    expect((await bob.run('check')).exitCode).toBe(0);
  });
});

function sizeOf(path: string): number {
  return statOf(path)?.size ?? -1;
}

function statOf(path: string): fs.Stats | undefined {
  return fs.statSync(path, { throwIfNoEntry: false });
}
