import type { FileHandle, FileSystem } from '../../vfs/file-system.ts';
import { posixErrors } from '../../vfs/posix-error.ts';
import {
  copyFileRangeIn,
  copyFileRangeOut,
  fallocateIn,
  lseekIn,
  lseekOut,
  readIn,
  writeIn,
  writeOut,
} from '../kernel/abi.ts';
import { fileFlags, writeFlags } from '../kernel/flags.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';
import { exactPosition } from './positions.ts';
import type { ReadBuffer } from './read-buffers.ts';

// READ, WRITE, FALLOCATE, LSEEK, COPY_FILE_RANGE and COPY_FILE_RANGE_64: the bytes of open files.

export function read(bridge: Bridge): void {
  const { request, readBuffers, pending } = bridge;
  const handle = bridge.files.get(request.u64(readIn.handle));
  const position = request.u64(readIn.offset);
  const buffer = readBuffers.take();
  const target = buffer.view(request.u32(readIn.size));
  let result: number | Promise<number>;
  try {
    result = bridge.fileSystem.read(handle, position, target, pending.controller.signal);
  } catch (error) {
    readBuffers.give(buffer);
    throw error;
  }
  if (result instanceof Promise) {
    void readLater(bridge, result, buffer, target);
  } else {
    bridge.session.sendBody(request.unique, target, result);
    readBuffers.give(buffer);
  }
}

/** The buffer goes back only when the file system is done with it, which may be after the process was told EINTR. */
async function readLater(
  bridge: Bridge,
  promise: Promise<number>,
  buffer: ReadBuffer,
  target: Buffer,
): Promise<void> {
  const { unique, opcode, node } = bridge.request;
  const read = bridge.waitingReads.add(node, bridge.request.u64(readIn.offset), target.length);
  const controller = bridge.pending.claim();
  bridge.pending.add(unique, () => {
    bridge.fail(unique, opcode, posixErrors.EINTR);
    bridge.waitingReads.remove(read);
    controller.abort(posixErrors.EINTR);
  });
  try {
    const length = await promise;
    if (!bridge.pending.remove(unique)) return;
    bridge.session.sendBody(unique, target, length);
    bridge.waitingReads.remove(read);
  } catch (error) {
    if (!bridge.pending.remove(unique)) return;
    bridge.fail(unique, opcode, error);
    bridge.waitingReads.remove(read);
  } finally {
    bridge.readBuffers.give(buffer);
  }
}

export function write(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const handle = bridge.files.get(request.u64(writeIn.handle));
  const position = exactPosition(request.u64(writeIn.offset));
  const data = request.writePayload(request.u32(writeIn.size));
  const clear = (request.u32(writeIn.writeFlags) & writeFlags.killPrivileges) !== 0;
  const flags = request.u32(writeIn.flags);
  handle.appends = (flags & fileFlags.append) !== 0;
  const result = fileSystem.write(caller, handle, position, data, clear);
  const isSynced = (flags & fileFlags.dataSync) !== 0 && isDirect(handle);
  bridge.answer(isSynced ? syncedWrite(fileSystem, handle, result) : result, written);
}

function isDirect({ access }: FileHandle): boolean {
  return access?.way === 'direct' || access?.way === 'direct-but-mapped';
}

/** O_SYNC and O_DSYNC, which past its cache the kernel leaves to us; otherwise it sends FSYNC. */
async function syncedWrite(
  fileSystem: FileSystem,
  handle: FileHandle,
  writing: number | Promise<number>,
): Promise<number> {
  const length = await writing;
  await fileSystem.fsync(handle, true);
  return length;
}

function written({ reply }: Bridge, length: number): number {
  reply.u32(writeOut.size, length);
  reply.u32(writeOut.padding, 0);
  return writeOut.bytes;
}

export function fallocate(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const handle = bridge.files.get(request.u64(fallocateIn.handle));
  const mode = request.u32(fallocateIn.mode);
  const position = request.u64(fallocateIn.offset);
  const length = request.u64(fallocateIn.length);
  exactPosition(position + length);
  bridge.answer(fileSystem.allocate(caller, handle, mode, position, length), nothing);
}

/** Only SEEK_DATA and SEEK_HOLE come here: the kernel knows the rest. */
export function lseek(bridge: Bridge): void {
  const { request, fileSystem } = bridge;
  const handle = bridge.files.get(request.u64(lseekIn.handle));
  const whence = request.u32(lseekIn.whence);
  bridge.answer(fileSystem.seek(handle, request.u64(lseekIn.offset), whence), sought);
}

function sought({ reply }: Bridge, position: number): number {
  reply.u64(lseekOut.offset, position);
  return lseekOut.bytes;
}

/** The older form says in 32 bits how much it copied. */
export function copyFileRange(bridge: Bridge): void {
  bridge.answer(copy(bridge, largestCopy32), written);
}

export function copyFileRange64(bridge: Bridge): void {
  bridge.answer(copy(bridge, Number.MAX_SAFE_INTEGER), copied);
}

const largestCopy32 = 2 ** 31;

function copy(
  { request, files, fileSystem, caller }: Bridge,
  most: number,
): number | Promise<number> {
  const from = files.get(request.u64(copyFileRangeIn.handleIn));
  const to = files.get(request.u64(copyFileRangeIn.handleOut));
  const fromPosition = exactPosition(request.u64(copyFileRangeIn.offsetIn));
  const toPosition = exactPosition(request.u64(copyFileRangeIn.offsetOut));
  const length = Math.min(request.u64(copyFileRangeIn.length), most);
  return fileSystem.copyRange(caller, from, fromPosition, to, toPosition, length);
}

function copied({ reply }: Bridge, length: number): number {
  reply.u64(copyFileRangeOut.bytesCopied, length);
  return copyFileRangeOut.bytes;
}
