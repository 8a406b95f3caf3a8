import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Caller, CreatedFile, FileHandle } from '../../vfs/file-system.ts';
import { posixErrors } from '../../vfs/posix-error.ts';
import { createIn, entryOut, flushIn, fsyncIn, openIn, openOut, releaseIn } from '../kernel/abi.ts';
import { fsyncFlags, openReplyFlags, openRequestFlags } from '../kernel/flags.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';
import { putEntry, putOpened } from './encode.ts';
import { unlockOwner } from './locks.ts';
import { permissionMask } from './node-types.ts';

// OPEN, CREATE, FLUSH, FSYNC, RELEASE: the life of an open file.

export function open(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const inode = request.node as InodeId;
  let handle = fileSystem.open(caller, inode, request.u32(openIn.flags));
  if ((request.u32(openIn.openFlags) & openRequestFlags.killPrivileges) !== 0) {
    handle = withoutPrivileges(bridge, { ...caller }, handle);
  }
  if (handle instanceof Promise) void openLater(bridge, handle);
  else bridge.session.send(request.unique, opened(bridge, handle));
}

/** A process that is interrupted while it waits gets EINTR; what was opened for it after all is released. */
async function openLater(bridge: Bridge, promise: Promise<FileHandle>): Promise<void> {
  const { unique, opcode } = bridge.request;
  bridge.pending.add(unique, () => bridge.fail(unique, opcode, posixErrors.EINTR));
  try {
    const handle = await promise;
    if (bridge.pending.remove(unique)) bridge.session.send(unique, opened(bridge, handle));
    else releaseUnwanted(bridge, handle);
  } catch (error) {
    if (bridge.pending.remove(unique)) bridge.fail(unique, opcode, error);
  }
}

function releaseUnwanted(bridge: Bridge, handle: FileHandle): void {
  const message = 'A file that was opened too late could not be released';
  bridge.inBackground(() => bridge.fileSystem.release(handle), message);
}

/** O_TRUNC by somebody who may not keep the set-id bits of what he writes. */
async function withoutPrivileges(
  { fileSystem }: Bridge,
  caller: Caller,
  opening: FileHandle | Promise<FileHandle>,
): Promise<FileHandle> {
  const handle = await opening;
  const hasSetId = (fileSystem.attributes(handle.inode).mode & 0o6000) !== 0;
  if (!hasSetId) return handle;
  try {
    await fileSystem.setAttributes(caller, handle.inode, { handle, clearPrivileges: true });
    return handle;
  } catch (error) {
    await fileSystem.release(handle);
    throw error;
  }
}

function opened(bridge: Bridge, handle: FileHandle): number {
  putFile(bridge, 0, handle);
  return openOut.bytes;
}

function putFile(bridge: Bridge, offset: number, handle: FileHandle): void {
  const backing = handle.access?.backing ?? 0;
  putOpened(bridge.reply, offset, bridge.files.add(handle), replyFlags(handle), backing);
}

function replyFlags(handle: FileHandle): number {
  // Of a file that is passed through, the kernel has no cache to keep, and takes the flag for a mistake.
  if (handle.access?.backing) return wayFlags[handle.access.way] | openReplyFlags.passthrough;
  const cache = handle.keepCache ? openReplyFlags.keepCache : 0;
  // Requests are answered one after the other anyway, so that writers with O_DIRECT need not exclude each other in the kernel.
  const always = cache | openReplyFlags.parallelDirectWrites;
  return handle.access === undefined ? always : wayFlags[handle.access.way] | always;
}

const { directIo } = openReplyFlags;
const wayFlags = {
  ...{ cached: 0, direct: directIo, passthrough: 0, 'direct-but-mapped': directIo },
} as const;

export function create(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const name = request.text(createIn.bytes) as Name;
  const mode = request.u32(createIn.mode) & permissionMask;
  const flags = request.u32(createIn.flags);
  caller.umask = request.u32(createIn.umask);
  bridge.answer(fileSystem.create(caller, request.node as InodeId, name, mode, flags), created);
}

/** The kernel gives a name too, which means nothing. */
export function tmpfile(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const mode = request.u32(createIn.mode) & permissionMask;
  const flags = request.u32(createIn.flags);
  caller.umask = request.u32(createIn.umask);
  bridge.answer(fileSystem.createNameless(caller, request.node as InodeId, mode, flags), created);
}

function created(bridge: Bridge, { attributes, handle }: CreatedFile): number {
  putEntry(bridge.reply, 0, attributes);
  putFile(bridge, entryOut.bytes, handle);
  return entryOut.bytes + openOut.bytes;
}

/** Comes with each close(2) of a descriptor; its failure is what close returns. */
export function flush(bridge: Bridge): void {
  const handle = bridge.files.get(bridge.request.u64(flushIn.handle));
  unlockOwner(bridge, handle);
  bridge.answer(bridge.fileSystem.flush(handle), nothing);
}

export function fsync(bridge: Bridge): void {
  const { request, fileSystem } = bridge;
  const handle = bridge.files.get(request.u64(fsyncIn.handle));
  const dataOnly = (request.u32(fsyncIn.flags) & fsyncFlags.dataOnly) !== 0;
  bridge.answer(fileSystem.fsync(handle, dataOnly), nothing);
}

/** The last descriptor is closed. Nobody waits for it: the answer only ends the request. */
export function release(bridge: Bridge): void {
  const number = bridge.request.u64(releaseIn.handle);
  const handle = bridge.files.remove(number);
  bridge.fileSystem.locks.releaseHandle(handle.inode, number);
  bridge.answer(bridge.fileSystem.release(handle), nothing);
}
