import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fallocateFlags, native } from '../../../src/platform/native.ts';

const { errno } = constants;
let folder: string;
let descriptor: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerfuse-native-'));
  descriptor = openSync(join(folder, 'file'), 'w+');
});

afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

test('what was just written is read without waiting', () => {
  writeSync(descriptor, 'hello world');
  const target = Buffer.alloc(8, '.');
  const outcome = native.preadNow(descriptor, target, 2, 5, 6);
  if (outcome === -errno.EOPNOTSUPP) return;
  expect([outcome, target.toString()]).toEqual([5, '..world.']);
  expect(native.preadNow(descriptor, target, 0, 8, 100)).toBe(0);
});

test('a punched hole is found by seeking, and so is the data after it', async () => {
  writeSync(descriptor, Buffer.alloc(1 << 20, 1));
  const punch = fallocateFlags.punchHole | fallocateFlags.keepSize;
  expect(await native.fallocateAsync(descriptor, punch, 65_536, 65_536)).toBe(0);
  expect(native.seekHole(descriptor, 0)).toBe(65_536);
  expect(native.seekData(descriptor, 65_536)).toBe(131_072);
  expect(native.seekData(descriptor, 1 << 20)).toBe(-errno.ENXIO);
});

test('fallocate grows a file, and its failures are negative error numbers', () => {
  expect(native.fallocate(descriptor, 0, 0, 8192)).toBe(0);
  expect(fstatSync(descriptor).size).toBe(8192);
  expect(native.fallocate(-1, 0, 0, 1)).toBe(-errno.EBADF);
});

test('a range is copied beyond 4 GiB, and the copy says how much it was', async () => {
  writeSync(descriptor, 'abcdef');
  ftruncateSync(descriptor, 2 ** 33);
  const duplicate = native.duplicate(descriptor);
  expect(await native.copyRange(descriptor, 1, duplicate, 2 ** 32 + 3, 4)).toBe(4);
  const target = Buffer.alloc(4);
  native.preadNow(duplicate, target, 0, 4, 2 ** 32 + 3);
  closeSync(duplicate);
  expect(target.toString()).toBe('bcde');
});

test('folders can be spread over the disk, or the file system says that it cannot', () => {
  const outcomes = [folder, '/proc'].map((path) => {
    const directory = openSync(path, 'r');
    const outcome = native.spreadFolders(directory);
    closeSync(directory);
    return outcome;
  });
  const cannot = [-errno.EOPNOTSUPP, -errno.ENOTTY];
  expect([0, ...cannot]).toContain(outcomes[0]);
  expect(cannot).toContain(outcomes[1]);
});

test('the congestion control of a socket can be chosen and read', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const { fd } = (socket as Socket & { _handle: { fd: number } })._handle;
  expect(native.setCongestionControl(fd, 'reno')).toBe(0);
  expect(native.getCongestionControl(fd)).toBe('reno');
  expect(native.setCongestionControl(fd, 'no-such-control')).toBe(-errno.ENOENT);
  socket.destroy();
  server.close();
});

test('a socket pair without a message has no descriptor to give', () => {
  const pair = native.socketPair();
  if (typeof pair === 'number') throw new Error(`socketpair failed: ${pair}`);
  expect(native.receiveDescriptor(pair[0])).toBe(-errno.EAGAIN);
  closeSync(pair[1]);
  expect(native.receiveDescriptor(pair[0])).toBe(-errno.EPIPE);
  closeSync(pair[0]);
});
