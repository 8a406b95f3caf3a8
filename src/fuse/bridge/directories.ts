import type { InodeId } from '../../metadata/ids.ts';
import type { NodeType } from '../../metadata/node.ts';
import type { Attributes } from '../../vfs/file-system.ts';
import { directoryEntry, entryOut, fsyncIn, openOut, readIn, releaseIn } from '../kernel/abi.ts';
import { maximumRequestBytes } from '../kernel/negotiate.ts';
import type { Reply } from '../kernel/reply.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';
import { putEntry, putOpened } from './encode.ts';
import { directoryEntryType } from './node-types.ts';

// OPENDIR, READDIR and READDIRPLUS, FSYNCDIR, RELEASEDIR.

/**
 * The kernel does not cache listings (FOPEN_CACHE_DIR): it drops a cached one only when it is told of a name that it has looked up, so
 * a name that is new to it would stay hidden.
 */
export function opendir(bridge: Bridge): void {
  const { request, fileSystem, directories } = bridge;
  const handle = fileSystem.openDirectory(bridge.caller, request.node as InodeId);
  putOpened(bridge.reply, 0, directories.add(handle), 0);
  bridge.session.send(request.unique, openOut.bytes);
}

export function readdir(bridge: Bridge): void {
  list(bridge, false);
}

export function readdirplus(bridge: Bridge): void {
  list(bridge, true);
}

function list(bridge: Bridge, withAttributes: boolean): void {
  const { request, reply, fileSystem } = bridge;
  const handle = bridge.directories.get(request.u64(readIn.handle));
  const room = Math.min(request.u32(readIn.size), maximumRequestBytes);
  const prefix = withAttributes ? entryOut.bytes : 0;
  let used = 0;
  const take = (
    name: string,
    inode: InodeId,
    type: NodeType,
    cookie: number,
    attributes: Attributes | null,
  ): boolean => {
    const end = used + prefix + alignedLength(directoryEntry.bytes + name.length);
    if (end > room) return false;
    if (withAttributes) putPrefix(reply, used, attributes);
    putName(reply, used + prefix, name, inode, type, cookie);
    used = end;
    return true;
  };
  fileSystem.list(handle, request.u64(readIn.offset), withAttributes, take);
  bridge.session.send(request.unique, used);
}

/** `.`, `..` and what the kernel knows have no attributes: a node of 0 tells it that nothing was looked up. */
function putPrefix(reply: Reply, offset: number, attributes: Attributes | null): void {
  if (attributes === null) reply.clear(offset, offset + entryOut.bytes);
  else putEntry(reply, offset, attributes);
}

function putName(
  reply: Reply,
  offset: number,
  name: string,
  inode: InodeId,
  type: NodeType,
  cookie: number,
): void {
  const end = directoryEntry.bytes + name.length;
  reply.u64(offset + directoryEntry.inode, inode);
  reply.u64(offset + directoryEntry.offset, cookie);
  reply.u32(offset + directoryEntry.nameLength, name.length);
  reply.u32(offset + directoryEntry.type, directoryEntryType(type));
  reply.clear(offset + (end & ~7), offset + alignedLength(end));
  reply.text(offset + directoryEntry.bytes, name);
}

/** The next multiple of 8. */
function alignedLength(length: number): number {
  return (length + 7) & ~7;
}

export function fsyncdir(bridge: Bridge): void {
  const handle = bridge.directories.get(bridge.request.u64(fsyncIn.handle));
  bridge.answer(bridge.fileSystem.syncDirectory(handle), nothing);
}

export function releasedir(bridge: Bridge): void {
  const handle = bridge.directories.remove(bridge.request.u64(releaseIn.handle));
  bridge.fileSystem.releaseDirectory(handle);
  bridge.session.send(bridge.request.unique, nothing());
}
