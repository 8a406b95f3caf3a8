import { constants } from 'node:os';
import { beforeEach, expect, test } from 'vitest';
import { Bridge } from '../../../../src/fuse/bridge/bridge.ts';
import { dispatch } from '../../../../src/fuse/bridge/dispatch.ts';
import { Session } from '../../../../src/fuse/kernel/session.ts';
import { rootInode } from '../../../../src/metadata/ids.ts';
import { nameFromText } from '../../../../src/metadata/name.ts';
import type { LogFields } from '../../../../src/platform/logger.ts';
import { silentLogger } from '../../../../src/platform/logger.ts';
import type { Caller, FileHandle } from '../../../../src/vfs/file-system.ts';
import { FakeKernel, text, u32, u64 } from '../../../support/fuse-kernel.ts';
import { MemoryFileSystem } from '../../../support/memory-file-system.ts';

const { errno } = constants;
const stranger = { uid: 0, gid: 0 };
let kernel: FakeKernel;
let fileSystem: MemoryFileSystem;
let bridge: Bridge;
let logged: LogFields[];

beforeEach(async () => {
  kernel = new FakeKernel();
  fileSystem = new MemoryFileSystem();
  logged = [];
  const logger = { ...silentLogger, error: (fields: LogFields) => void logged.push(fields) };
  const session = new Session(
    kernel,
    { kernelChecksPermissions: false },
    logger,
    () => dispatch(bridge),
    () => bridge.close(),
  );
  bridge = new Bridge(fileSystem, session, logger);
  session.start();
  kernel.initialise();
  await session.ready;
});

function add(name: string, bytes = ''): number {
  const node = fileSystem.add(stranger, rootInode, nameFromText(name), 'file', 0o644);
  node.write(0, Buffer.from(bytes));
  return node.inode;
}

/** The error of the only reply; undefined when there was none. */
function errorOf(unique: number): number | undefined {
  const replies = kernel.repliesTo(unique);
  expect(replies.length).toBeLessThanOrEqual(1);
  return replies[0]?.error;
}

function bodyOf(unique: number): Buffer {
  expect(errorOf(unique)).toBe(0);
  return kernel.repliesTo(unique)[0]?.body ?? Buffer.alloc(0);
}

const openFile = (inode: number): number =>
  Number(bodyOf(kernel.send('OPEN', inode, u32(0, 0))).readBigUInt64LE(0));

const readArguments = (handle: number, offset: number, size: number): Buffer =>
  Buffer.concat([u64(handle, offset), u32(size, 0), u64(0), u32(0, 0)]);

test('a name that is missing is an answer to remember, and one that is there counts a reference', () => {
  const missing = bodyOf(kernel.send('LOOKUP', rootInode, text('none')));
  expect([missing.readBigUInt64LE(0), missing.readUInt32LE(16)]).toEqual([0n, 2 ** 31 - 1]);
  const inode = add('there');
  expect(bodyOf(kernel.send('LOOKUP', rootInode, text('there'))).readBigUInt64LE(0)).toBe(
    BigInt(inode),
  );
  expect(fileSystem.referencedInodes).toBe(1);
  const forget = kernel.send('FORGET', inode, u64(1));
  expect([errorOf(forget), fileSystem.referencedInodes]).toEqual([undefined, 0]);
});

test('what the kernel forgets in one go is forgotten for each', () => {
  const inodes = ['a', 'b', 'c'].map((name) => add(name));
  for (const name of ['a', 'b', 'c']) kernel.send('LOOKUP', rootInode, text(name));
  const list = Buffer.concat(inodes.map((inode) => u64(inode, 1)));
  expect(errorOf(kernel.send('BATCH_FORGET', 0, u32(3, 0), list))).toBeUndefined();
  expect(fileSystem.referencedInodes).toBe(0);
});

test('a failure that is no errno is logged with the name of its request, and is EIO', () => {
  fileSystem.attributes = () => {
    throw new TypeError('a bug');
  };
  expect(errorOf(kernel.send('GETATTR', rootInode, u32(0, 0), u64(0)))).toBe(-errno.EIO);
  expect(logged).toMatchObject([{ request: 'GETATTR' }]);
});

test.each([
  [999, 'ENOSYS'],
  ['POLL', 'ENOSYS'],
  ['STATX', 'ENOSYS'],
  ['CUSE_INIT', 'ENOSYS'],
  ['TMPFILE', 'EOPNOTSUPP'],
  ['IOCTL', 'ENOTTY'],
] as const)('%s is refused with %s, and nothing is logged', (name, code) => {
  expect(errorOf(kernel.send(name, rootInode, Buffer.alloc(64)))).toBe(-errno[code]);
  expect(logged).toEqual([]);
});

test('a handle that is not open is EBADF', () => {
  expect(errorOf(kernel.send('READ', 5, readArguments(77, 0, 10)))).toBe(-errno.EBADF);
});

test('a read that waits is answered when its bytes come, while others overtake it', async () => {
  const inode = add('file', 'hello');
  const handle = openFile(inode);
  const arrival = Promise.withResolvers<number>();
  const plain = fileSystem.read.bind(fileSystem);
  let target: Buffer = Buffer.alloc(0);
  fileSystem.read = (_handle, _position, into) => {
    target = into;
    return arrival.promise;
  };
  const waiting = kernel.send('READ', inode, readArguments(handle, 0, 5));
  fileSystem.read = plain;
  const next = kernel.send('READ', inode, readArguments(handle, 0, 5));
  expect([errorOf(waiting), bodyOf(next).toString()]).toEqual([undefined, 'hello']);
  target.write('later');
  arrival.resolve(5);
  await arrival.promise;
  expect(bodyOf(waiting).toString()).toBe('later');
});

test('an interrupted read is EINTR once, and its signal is aborted', async () => {
  const inode = add('file');
  const handle = openFile(inode);
  const arrival = Promise.withResolvers<number>();
  let signal: AbortSignal | undefined;
  fileSystem.read = (_handle, _position, _into, given) => {
    signal = given;
    return arrival.promise;
  };
  const waiting = kernel.send('READ', inode, readArguments(handle, 0, 5));
  expect(signal?.aborted).toBe(false);
  const interrupt = kernel.send('INTERRUPT', 0, u64(waiting));
  expect([signal?.aborted, errorOf(waiting), errorOf(interrupt)]).toEqual([
    true,
    -errno.EINTR,
    undefined,
  ]);
  arrival.reject(new Error('aborted'));
  await arrival.promise.catch(() => {});
  kernel.send('INTERRUPT', 0, u64(waiting));
  expect([errorOf(waiting), logged]).toEqual([-errno.EINTR, []]);
});

test('what is opened for somebody who was interrupted meanwhile is released', async () => {
  const inode = add('file');
  const arrival = Promise.withResolvers<FileHandle>();
  const handle = fileSystem.open({ ...stranger, pid: 0, umask: 0 }, rootInode, 0);
  fileSystem.open = (() => arrival.promise) as never;
  const waiting = kernel.send('OPEN', inode, u32(0, 0));
  kernel.send('INTERRUPT', 0, u64(waiting));
  expect([errorOf(waiting), fileSystem.openHandles]).toEqual([-errno.EINTR, 1]);
  arrival.resolve(handle);
  await arrival.promise;
  expect(fileSystem.openHandles).toBe(0);
});

test('truncating open by somebody without the right to set-id bits takes them away', async () => {
  const inode = add('tool', 'x');
  fileSystem.node(inode as never).change({ mode: 0o6755 });
  const unique = kernel.send('OPEN', inode, u32(0o1001, 1));
  await expect.poll(() => errorOf(unique)).toBe(0);
  expect(fileSystem.attributes(inode as never)).toMatchObject({ mode: 0o755, size: 0 });
});

test('only entries that fit are taken and counted', () => {
  for (let index = 0; index < 10; index++) add(`name-${index}`);
  const handle = bodyOf(kernel.send('OPENDIR', rootInode, u32(0, 0))).readBigUInt64LE(0);
  const room = 5 * 160;
  const listing = readArguments(Number(handle), 0, room);
  const body = bodyOf(kernel.send('READDIRPLUS', rootInode, listing));
  expect(body.length).toBe(room);
  expect([body.readBigUInt64LE(0), body.readBigUInt64LE(160)]).toEqual([0n, 0n]);
  expect(body.toString('latin1', 2 * 160 + 152, 2 * 160 + 158)).toBe('name-0');
  expect(fileSystem.referencedInodes).toBe(3);
});

test('an extended attribute tells its length, fits or is ERANGE', () => {
  const inode = add('file');
  const named = text('user.x');
  const value = Buffer.from('value');
  kernel.send('SETXATTR', inode, u32(value.length, 0, 0, 0), named, value);
  expect(bodyOf(kernel.send('GETXATTR', inode, u32(0, 0), named)).readUInt32LE(0)).toBe(5);
  expect(bodyOf(kernel.send('GETXATTR', inode, u32(5, 0), named))).toEqual(value);
  expect(errorOf(kernel.send('GETXATTR', inode, u32(4, 0), named))).toBe(-errno.ERANGE);
});

test('whoever creates is told to the file system with his umask', () => {
  kernel.send('MKDIR', rootInode, u32(0o777, 0o027), text('private'));
  const { inode } = fileSystem.child(rootInode, nameFromText('private'));
  expect(fileSystem.attributes(inode).mode).toBe(0o750);
});

test('whoever asks is told to the file system, without a umask where nothing is created', () => {
  let told: Caller | undefined;
  fileSystem.access = ((caller: Caller) => {
    told = { ...caller };
  }) as typeof fileSystem.access;
  kernel.send('ACCESS', rootInode, u32(4, 0));
  expect(told).toEqual({ uid: 1000, gid: 100, pid: 4242, umask: 0 });
});

test('a position that no number can hold is EFBIG', () => {
  const handle = openFile(add('file'));
  const body = Buffer.concat([
    u64(handle, 2 ** 60),
    u32(1, 0),
    u64(0),
    u32(0, 0),
    Buffer.from('x'),
  ]);
  expect(errorOf(kernel.send('WRITE', 0, body))).toBe(-errno.EFBIG);
});

test('the end of the mount releases whatever was open', () => {
  openFile(add('file'));
  kernel.send('OPENDIR', rootInode, u32(0, 0));
  expect(fileSystem.openHandles).toBe(2);
  kernel.end(errno.ENODEV);
  expect(fileSystem.openHandles).toBe(0);
});
