import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serveMemory, whyNoMount, type MemoryServer } from '../support/fuse-mount.ts';

const execute = promisify(execFile);
const reason = whyNoMount();

// Skipped where the kernel's FUSE device cannot be opened: nothing can be mounted there.
describe.skipIf(reason)(`the kernel's requests${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let server: MemoryServer;
  let path: (...names: string[]) => string;

  beforeAll(async () => {
    server = await serveMemory();
    path = (...names) => server.path(...names);
  });

  afterEach(() => {
    for (const name of fs.readdirSync(path())) fs.rmSync(path(name), { recursive: true });
    expect(server.complaints).toBe('');
  });

  afterAll(() => server?.[Symbol.asyncDispose]());

  test('what is written to a new file is read back, also in parts and beyond its end', () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 251));
    fs.writeFileSync(path('file'), bytes);
    expect(fs.readFileSync(path('file')).equals(bytes)).toBe(true);
    const descriptor = fs.openSync(path('file'), 'r');
    const part = Buffer.alloc(100_000);
    expect(fs.readSync(descriptor, part, 0, part.length, 2_950_000)).toBe(50_000);
    expect(part.subarray(0, 50_000).equals(bytes.subarray(2_950_000))).toBe(true);
    expect(fs.readSync(descriptor, part, 0, 10, 4_000_000)).toBe(0);
    fs.closeSync(descriptor);
  });

  test('a directory of ten thousand entries lists each exactly once, with its type', () => {
    fs.mkdirSync(path('many'));
    const names = Array.from(
      { length: 10_000 },
      (_, index) => `entry-${index}-${'x'.repeat(index % 40)}`,
    );
    for (const name of names) fs.closeSync(fs.openSync(path('many', name), 'w'));
    const listed = fs.readdirSync(path('many'), { withFileTypes: true });
    expect(listed.every((entry) => entry.isFile())).toBe(true);
    expect(listed.map((entry) => entry.name).sort()).toEqual(names.sort());
    // With attributes asked for as well, the kernel turns to READDIRPLUS.
    const sizes = fs.readdirSync(path('many')).map((name) => fs.statSync(path('many', name)).size);
    expect(sizes).toHaveLength(10_000);
  });

  test('names of any bytes come back as they are', () => {
    const name = Buffer.from([0x61, 0xff, 0x20, 0x0a, 0xc3, 0x28]);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${path()}/`), name]), 'x');
    expect(fs.readdirSync(path(), { encoding: 'buffer' })).toEqual([name]);
    fs.unlinkSync(Buffer.concat([Buffer.from(`${path()}/`), name]));
  });

  test('attributes that are set are seen, times to the nanosecond and before 1970', async () => {
    fs.writeFileSync(path('file'), 'x');
    fs.chmodSync(path('file'), 0o4751);
    fs.chownSync(path('file'), 12, 34);
    await execute('touch', ['-d', '1901-02-03T04:05:06.123456789Z', path('file')]);
    const stat = fs.statSync(path('file'), { bigint: true });
    expect([stat.uid, stat.gid]).toEqual([12n, 34n]);
    expect(stat.mtimeNs).toBe(
      BigInt(Date.parse('1901-02-03T04:05:06Z')) * 1_000_000n + 123_456_789n,
    );
    expect(stat.ino).toBeGreaterThan(1n);
  });

  test('directories, links, symbolic links and special files are made and removed', async () => {
    fs.mkdirSync(path('folder'), { mode: 0o750 });
    expect(fs.statSync(path('folder')).mode & 0o7777).toBe(0o750);
    fs.writeFileSync(path('folder', 'file'), 'text');
    fs.linkSync(path('folder', 'file'), path('second'));
    expect(fs.statSync(path('second')).nlink).toBe(2);
    fs.symlinkSync('folder/file', path('pointer'));
    expect([fs.readlinkSync(path('pointer')), fs.readFileSync(path('pointer'), 'utf8')]).toEqual([
      'folder/file',
      'text',
    ]);
    await execute('mkfifo', [path('pipe')]);
    expect(fs.statSync(path('pipe')).isFIFO()).toBe(true);
    expect(() => fs.rmdirSync(path('folder'))).toThrow('ENOTEMPTY');
    fs.unlinkSync(path('folder', 'file'));
    fs.rmdirSync(path('folder'));
    expect(fs.existsSync(path('folder'))).toBe(false);
    expect(fs.readFileSync(path('second'), 'utf8')).toBe('text');
  });

  test('rename replaces, refuses to replace, and exchanges', async () => {
    fs.writeFileSync(path('a'), 'A');
    fs.writeFileSync(path('b'), 'B');
    await renameat2(path('a'), path('b'), 2);
    expect([fs.readFileSync(path('a'), 'utf8'), fs.readFileSync(path('b'), 'utf8')]).toEqual([
      'B',
      'A',
    ]);
    await expect(renameat2(path('a'), path('b'), 1)).rejects.toThrow('17');
    await expect(renameat2(path('a'), path('b'), 4)).rejects.toThrow('22');
    fs.renameSync(path('a'), path('b'));
    expect([fs.existsSync(path('a')), fs.readFileSync(path('b'), 'utf8')]).toEqual([false, 'B']);
  });

  test('appending writers and truncation agree on the size', () => {
    const first = fs.openSync(path('log'), 'a');
    const second = fs.openSync(path('log'), 'a');
    for (const [descriptor, text] of [
      [first, 'one '],
      [second, 'two '],
      [first, 'three'],
    ] as const) {
      fs.writeSync(descriptor, text);
    }
    expect(fs.readFileSync(path('log'), 'utf8')).toBe('one two three');
    fs.ftruncateSync(first, 5);
    fs.truncateSync(path('log'), 7);
    expect(fs.readFileSync(path('log'), 'latin1')).toBe('one t\0\0');
    fs.closeSync(fs.openSync(path('log'), 'w'));
    expect(fs.statSync(path('log')).size).toBe(0);
    fs.closeSync(first);
    fs.closeSync(second);
  });

  test('a file that is unlinked while open goes on working', () => {
    const descriptor = fs.openSync(path('gone'), 'w+');
    fs.writeSync(descriptor, 'still here');
    fs.unlinkSync(path('gone'));
    fs.writeSync(descriptor, ' and growing');
    const bytes = Buffer.alloc(30);
    const length = fs.readSync(descriptor, bytes, 0, 30, 0);
    expect(bytes.toString('utf8', 0, length)).toBe('still here and growing');
    expect(fs.fstatSync(descriptor).nlink).toBe(0);
    fs.closeSync(descriptor);
  });

  test('what is written into a shared mapping reaches the file', async () => {
    fs.writeFileSync(path('mapped'), Buffer.alloc(10_000, '-'));
    const script = `
import mmap, sys
with open(sys.argv[1], 'r+b') as file:
    with mmap.mmap(file.fileno(), 0) as mapping:
        mapping[5000:5005] = b'hello'
        mapping.flush()
        print(mapping[4998:5007].decode())`;
    expect((await python(script, path('mapped'))).trim()).toBe('--hello--');
    expect(fs.readFileSync(path('mapped')).subarray(4998, 5007).toString()).toBe('--hello--');
  });

  test('extended attributes are set, listed, read and removed', async () => {
    fs.writeFileSync(path('file'), '');
    const script = `
import os, sys
path = sys.argv[1]
os.setxattr(path, 'user.colour', b'red')
os.setxattr(path, 'user.large', b'x' * 60000)
print(sorted(os.listxattr(path)), os.getxattr(path, 'user.colour'), len(os.getxattr(path, 'user.large')))
for attempt in (lambda: os.setxattr(path, 'user.colour', b'', os.XATTR_CREATE), lambda: os.getxattr(path, 'user.none')):
    try: attempt()
    except OSError as error: print(error.errno)
os.removexattr(path, 'user.colour')
print(os.listxattr(path))`;
    expect((await python(script, path('file'))).trim().split('\n')).toEqual([
      "['user.colour', 'user.large'] b'red' 60000",
      '17',
      '61',
      "['user.large']",
    ]);
  });

  test('space is reserved and punched, data and holes are sought, ranges are copied', async () => {
    const script = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.write(file, b'0123456789')
libc.fallocate(file, 0, 0, 20)
libc.fallocate(file, 3, 2, 3)
print(os.fstat(file).st_size, os.pread(file, 20, 0))
print(os.lseek(file, 4, os.SEEK_DATA), os.lseek(file, 4, os.SEEK_HOLE))
print(os.copy_file_range(file, file, 4, 5, 12), os.pread(file, 20, 12))
print(libc.fallocate(file, 8, 0, 4096), ctypes.get_errno())`;
    expect((await python(script, path('file'))).trim().split('\n')).toEqual([
      String.raw`20 b'01\x00\x00\x0056789\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'`,
      '4 20',
      String.raw`4 b'5678\x00\x00\x00\x00'`,
      '-1 95',
    ]);
  });

  test('the size of the file system is told', () => {
    const { bsize, blocks, bfree, bavail, files, ffree } = fs.statfsSync(path());
    expect([bsize, blocks, bfree, bavail, files, ffree]).toEqual([4096, 1e6, 6e5, 5e5, 1000, 900]);
  });

  test('processes lock ranges and whole files against each other', async () => {
    fs.writeFileSync(path('file'), 'x'.repeat(100));
    const script = `
import fcntl, os, sys
file = open(sys.argv[1], 'r+b')
fcntl.lockf(file, fcntl.LOCK_EX, 10)
fcntl.flock(file, fcntl.LOCK_EX)
if os.fork() == 0:
    for lock in (fcntl.lockf, fcntl.flock):
        try: lock(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error: print(error.errno, flush=True)
    os._exit(0)
os.wait()`;
    expect((await python(script, path('file'))).trim().split('\n')).toEqual(['11', '11']);
  });

  test('what is refused on purpose is refused politely', async () => {
    fs.writeFileSync(path('file'), 'x');
    const script = `
import fcntl, os, select, sys
for attempt in (
    lambda: os.open(sys.argv[2], os.O_TMPFILE | os.O_RDWR),
    lambda: fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), 0x1234),
):
    try: attempt()
    except OSError as error: print(error.errno)
print(select.select([open(sys.argv[1])], [], [], 0)[0] != [])`;
    const output = await python(script, path('file'), path());
    expect(output.trim().split('\n')).toEqual(['95', '25', 'True']);
  });

  test('a read that hangs is ended by a signal, and other requests go on meanwhile', async () => {
    fs.writeFileSync(path('hangs'), 'x'.repeat(10));
    const script = `
import os, sys
file = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
print('reading', flush=True)
os.read(file, 10)`;
    const reader = spawn('python3', ['-c', script, path('hangs')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(reader, 'exit');
    await once(reader.stdout, 'data');
    fs.writeFileSync(path('other'), 'answered');
    expect(fs.readFileSync(path('other'), 'utf8')).toBe('answered');
    reader.kill('SIGINT');
    await ended;
    expect(reader.signalCode ?? reader.exitCode).not.toBe(0);
    fs.unlinkSync(path('hangs'));
  });

  test('every handle that was opened is released', async () => {
    fs.writeFileSync(path('file'), 'x');
    fs.readFileSync(path('file'));
    fs.readdirSync(path());
    // The kernel releases in the background.
    await expect.poll(async () => (await server.usage()).openHandles).toBe(0);
  });

  test('what the kernel forgets is forgotten, and never too much of it', async () => {
    for (let index = 0; index < 200; index++) fs.writeFileSync(path(`file-${index}`), 'x');
    expect((await server.usage()).referencedInodes).toBeGreaterThanOrEqual(200);
    for (let index = 0; index < 200; index++) fs.unlinkSync(path(`file-${index}`));
    await expect.poll(async () => (await server.usage()).referencedInodes).toBeLessThan(10);
  });
});

function python(script: string, ...parameters: string[]): Promise<string> {
  return execute('python3', ['-c', script, ...parameters]).then(({ stdout }) => stdout);
}

/** Rejects with the errno. */
async function renameat2(from: string, to: string, flags: number): Promise<void> {
  const script = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, os.fsencode(sys.argv[1]), -100, os.fsencode(sys.argv[2]), int(sys.argv[3])) != 0:
    sys.exit(f'errno {ctypes.get_errno()}')`;
  await execute('python3', ['-c', script, from, to, String(flags)]);
}
