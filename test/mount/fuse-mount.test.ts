import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isMounted, MemoryServer, serveMemory, whyNoMount } from '../support/fuse-mount.ts';
import { until } from '../support/until.ts';

const execute = promisify(execFile);
const reason = whyNoMount();
const skipped = reason ? ` (skipped: ${reason})` : '';
const isRoot = process.geteuid?.() === 0;

// Skipped where the kernel's FUSE device cannot be opened: nothing can be mounted there.
describe.skipIf(reason)(`changes that come from elsewhere${skipped}`, () => {
  let server: MemoryServer;
  beforeEach(async () => {
    server = await serveMemory();
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    expect(server.complaints).toBe('');
  });

  test('a name that was just not there is there as soon as the kernel has been told', async () => {
    expect(fs.existsSync(server.path('new'))).toBe(false);
    expect(fs.readdirSync(server.path())).toEqual([]);
    await server.command({ kind: 'add', name: 'new', text: 'hello' });
    expect(fs.readFileSync(server.path('new'), 'utf8')).toBe('hello');
    expect(fs.readdirSync(server.path())).toEqual(['new']);
  });

  test('a name that is removed is gone, and its open file is not', async () => {
    await server.command({ kind: 'add', name: 'old', text: 'kept' });
    const descriptor = fs.openSync(server.path('old'), 'r');
    await server.command({ kind: 'remove', name: 'old' });
    expect(fs.existsSync(server.path('old'))).toBe(false);
    expect(fs.fstatSync(descriptor).nlink).toBe(0);
    expect(fs.readFileSync(descriptor, 'utf8')).toBe('kept');
    fs.closeSync(descriptor);
  });

  test('a file that is renamed is found under its new name only', async () => {
    await server.command({ kind: 'add', name: 'before', text: 'same' });
    const { ino } = fs.statSync(server.path('before'));
    expect(fs.existsSync(server.path('after'))).toBe(false);
    await server.command({ kind: 'rename', name: 'before', newName: 'after' });
    expect(fs.existsSync(server.path('before'))).toBe(false);
    expect(fs.statSync(server.path('after')).ino).toBe(ino);
  });

  test('bytes that the kernel had cached are read anew, in open files as well', async () => {
    await server.command({ kind: 'add', name: 'file', text: 'first version' });
    const descriptor = fs.openSync(server.path('file'), 'r');
    const read = (): string => {
      const bytes = Buffer.alloc(40);
      return bytes.toString('utf8', 0, fs.readSync(descriptor, bytes, 0, 40, 0));
    };
    expect(read()).toBe('first version');
    for (const text of ['other version', 'a longer third version', 'short']) {
      await server.command({ kind: 'overwrite', name: 'file', text });
      expect([read(), fs.fstatSync(descriptor).size]).toEqual([text, text.length]);
    }
    fs.closeSync(descriptor);
  });

  test('a file that changes while the answer about it is under way is seen as it became', async () => {
    await server.command({ kind: 'add', name: 'file', text: '' });
    await server.command({ kind: 'overwrite-when-found', name: 'file', text: 'longer' });
    await fs.promises.stat(server.path('file'));
    await until(() => fs.statSync(server.path('file')).size === 6);
  });

  test('a program that watches a file hears of its removal', async () => {
    await server.command({ kind: 'add', name: 'watched', text: '' });
    const watcher = fs.watch(server.path('watched'));
    const event = once(watcher, 'change', { signal: AbortSignal.timeout(10_000) });
    await server.command({ kind: 'remove', name: 'watched' });
    expect(await event).toEqual(['rename', 'watched']);
    watcher.close();
  });

  test('names are announced and requests answered while a change of bytes waits for a reader', async () => {
    await server.command({ kind: 'add', name: 'hangs', text: 'never arrives' });
    const reader = spawn('cat', [server.path('hangs')], { stdio: 'ignore' });
    const ended = once(reader, 'exit');
    await expect.poll(async () => (await server.usage()).openHandles).toBe(1);
    expect(fs.existsSync(server.path('new'))).toBe(false);
    server.process.send({ kind: 'overwrite', name: 'hangs', text: 'still does not' });
    server.process.send({ kind: 'add', name: 'new', text: 'arrives' });
    await expect.poll(() => fs.existsSync(server.path('new'))).toBe(true);
    expect(fs.readFileSync(server.path('new'), 'utf8')).toBe('arrives');
    reader.kill('SIGINT');
    await ended;
    expect(reader.signalCode).toBe('SIGINT');
  });

  test('a process that is killed while it waits in a notification is gone, and so is its mount', async () => {
    await server.command({ kind: 'add', name: 'hangs', text: 'never arrives' });
    const reader = spawn('cat', [server.path('hangs')], { stdio: 'ignore' });
    const ended = once(reader, 'exit');
    await expect.poll(async () => (await server.usage()).openHandles).toBe(1);
    server.process.send({ kind: 'overwrite', name: 'hangs', text: 'still does not' });
    expect((await server.usage()).openHandles).toBe(1);
    server.process.kill('SIGKILL');
    await server.ended();
    await ended;
    expect(reader.exitCode).toBe(1);
    expect(() => fs.readdirSync(server.path())).toThrow(/ENOTCONN|ECONNABORTED/);
  });
});

describe.skipIf(reason)(`the life of a mount${skipped}`, () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'peerfuse-life-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('an unmount waits for nobody when nobody is there, and the server ends', async () => {
    await using server = await serveMemory();
    await server.command({ kind: 'unmount', lazy: false });
    await server.ended();
    expect([server.process.exitCode, isMounted(server.mountpoint)]).toEqual([0, false]);
  });

  test('somebody else may unmount it', async () => {
    await using server = await serveMemory();
    await execute('fusermount3', ['-u', server.mountpoint]);
    await server.ended();
    expect(server.process.exitCode).toBe(0);
  });

  test('a mount in use says so and stays, or is detached when asked to', async () => {
    await using server = await serveMemory();
    fs.writeFileSync(server.path('file'), 'in use');
    const descriptor = fs.openSync(server.path('file'), 'r');
    const unmount = server.command({ kind: 'unmount', lazy: false });
    await expect(unmount).rejects.toThrow('is in use');
    expect(fs.readFileSync(server.path('file'), 'utf8')).toBe('in use');
    await server.command({ kind: 'unmount', lazy: true });
    expect(isMounted(server.mountpoint)).toBe(false);
    expect(fs.readFileSync(descriptor, 'utf8')).toBe('in use');
    fs.closeSync(descriptor);
    await server.ended();
    expect(server.process.exitCode).toBe(0);
  });

  test('pages of a shared mapping that nobody has flushed survive the unmount of who mapped them', async () => {
    await using server = await serveMemory();
    fs.writeFileSync(server.path('mapped'), Buffer.alloc(8192, '-'));
    const script = `
import mmap, sys
with open(sys.argv[1], 'r+b') as file:
    mapping = mmap.mmap(file.fileno(), 0)
    mapping[0:5] = b'dirty'`;
    await execute('python3', ['-c', script, server.path('mapped')]);
    const descriptor = fs.openSync(server.path('mapped'), fs.constants.O_RDONLY);
    expect(fs.readFileSync(descriptor).subarray(0, 6).toString()).toBe('dirty-');
    fs.closeSync(descriptor);
    await server.command({ kind: 'unmount', lazy: false });
    await server.ended();
    expect(server.complaints).toBe('');
  });

  test('the remains of a killed process are replaced by the next mount', async () => {
    await using dead = await serveMemory();
    dead.process.kill('SIGKILL');
    await dead.ended();
    expect(() => fs.readdirSync(dead.mountpoint)).toThrow('ENOTCONN');
    await using server = await serveMemory({ mountpoint: dead.mountpoint });
    expect(fs.readdirSync(server.path())).toEqual([]);
    await server.command({ kind: 'unmount', lazy: false });
    expect(isMounted(dead.mountpoint)).toBe(false);
  });

  test('a directory that is not empty is covered, and uncovered again', async () => {
    fs.writeFileSync(join(folder, 'below'), '');
    const server = await serveMemory({ mountpoint: folder });
    expect(fs.readdirSync(folder)).toEqual([]);
    await server.command({ kind: 'unmount', lazy: false });
    await server.ended();
    expect(fs.readdirSync(folder)).toEqual(['below']);
  });

  test('what cannot be mounted on is refused in words', async () => {
    const missing = join(folder, 'missing');
    await expect(new MemoryServer({ mountpoint: missing }).ready()).rejects.toThrow(
      'does not exist',
    );
    const file = join(folder, 'file');
    fs.writeFileSync(file, '');
    await expect(new MemoryServer({ mountpoint: file }).ready()).rejects.toThrow('not a directory');
    await using server = await serveMemory();
    const second = new MemoryServer({ mountpoint: server.mountpoint });
    await expect(second.ready()).rejects.toThrow('already mounted');
    expect(fs.readdirSync(server.path())).toEqual([]);
  });

  // Needs root, who alone may mount with set-id bits and devices honoured.
  test.skipIf(!isRoot)('set-id bits and devices count only where root asks for it', async () => {
    await using server = await serveMemory();
    expect(mountLine(server.mountpoint)).toContain('nosuid,nodev');
    await using trusting = await serveMemory({ parameters: ['--set-id'] });
    expect(mountLine(trusting.mountpoint)).not.toContain('nosuid');
  });

  test('says in the table of mounts that reading leaves times alone', async () => {
    await using server = await serveMemory();
    expect(mountLine(server.mountpoint)).toContain('noatime');
  });

  // Needs root, who can act as two users.
  test.skipIf(!isRoot)('the kernel checks permissions where it is told to', async () => {
    const options = { parameters: ['--allow-other', '--kernel-checks'] };
    await using server = await serveMemory(options);
    fs.writeFileSync(server.path('secret'), 'x', { mode: 0o600 });
    const reading = execute('cat', [server.path('secret')], { uid: nobody });
    await expect(reading).rejects.toThrow('Permission denied');
    fs.chmodSync(server.path('secret'), 0o644);
    expect((await execute('cat', [server.path('secret')], { uid: nobody })).stdout).toBe('x');
  });
});

const nobody = 65_534;

// Needs root, to become an ordinary user, and to let him open the device as udev does on ordinary systems.
describe.skipIf(reason || !isRoot)(`an ordinary user${skipped}`, () => {
  const deviceMode = 0o666;
  let modeBefore: number;
  let folder: string;

  beforeEach(() => {
    modeBefore = fs.statSync('/dev/fuse').mode & 0o7777;
    fs.chmodSync('/dev/fuse', deviceMode);
    folder = fs.mkdtempSync(join(tmpdir(), 'peerfuse-user-'));
    fs.chownSync(folder, nobody, nobody);
  });
  afterEach(() => {
    fs.chmodSync('/dev/fuse', modeBefore);
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('mounts, uses and unmounts through fusermount3', async () => {
    const user = { uid: nobody, gid: nobody };
    const server = await serveMemory({ mountpoint: folder, user });
    const line = mountLine(folder);
    expect(line).toContain(`user_id=${nobody}`);
    expect(line).toContain('nosuid,nodev');
    await execute('sh', ['-c', `echo mine > ${folder}/file`], user);
    expect((await execute('cat', [join(folder, 'file')], user)).stdout).toBe('mine\n');
    await server.command({ kind: 'unmount', lazy: false });
    await server.ended();
    expect([server.process.exitCode, isMounted(folder)]).toEqual([0, false]);
  });

  test('recovers the mountpoint of his killed process', async () => {
    const user = { uid: nobody, gid: nobody };
    const dead = await serveMemory({ mountpoint: folder, user });
    dead.process.kill('SIGKILL');
    await dead.ended();
    const server = await serveMemory({ mountpoint: folder, user });
    await server.command({ kind: 'unmount', lazy: false });
    await server.ended();
    expect(isMounted(folder)).toBe(false);
  });

  test('is told why, when he may not', async () => {
    const user = { uid: nobody, gid: nobody };
    const parameters = ['--allow-other'];
    if (!/^user_allow_other/m.test(fs.readFileSync('/etc/fuse.conf', 'utf8'))) {
      const others = new MemoryServer({ mountpoint: folder, user, parameters });
      await expect(others.ready()).rejects.toThrow('user_allow_other');
    }
    fs.chownSync(folder, 0, 0);
    fs.chmodSync(folder, 0o755);
    const foreign = new MemoryServer({ mountpoint: folder, user });
    await expect(foreign.ready()).rejects.toThrow('a directory of your own');
    fs.chownSync(folder, nobody, nobody);
    fs.chmodSync('/dev/fuse', 0o600);
    const without = new MemoryServer({ mountpoint: folder, user });
    await expect(without.ready()).rejects.toThrow('/dev/fuse');
    expect(isMounted(folder)).toBe(false);
  });
});

function mountLine(mountpoint: string): string {
  const lines = fs.readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  return lines.find((line) => line.includes(` ${mountpoint} `)) ?? '';
}
