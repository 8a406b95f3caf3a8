import type { Attributes } from '../../vfs/file-system.ts';
import { attributes as layout, attributesOut, entryOut, openOut } from '../kernel/abi.ts';
import type { Reply } from '../kernel/reply.ts';
import { modeBits } from './node-types.ts';

/**
 * Seconds (68 years) for which the kernel may keep names and attributes: for good, because every change that it did not cause is
 * announced to it.
 */
export const forever = 2 ** 31 - 1;

/** `st_blksize`: what programs without an opinion of their own read and write at once. */
const preferredBlockSize = 4096;

export function putAttributes(reply: Reply, offset: number, attributes: Attributes): void {
  const { atime, mtime, ctime } = attributes;
  reply.u64(offset + layout.inode, attributes.inode);
  reply.u64(offset + layout.size, attributes.size);
  reply.u64(offset + layout.blocks, attributes.blocks);
  reply.u64(offset + layout.atime, atime.seconds);
  reply.u64(offset + layout.mtime, mtime.seconds);
  reply.u64(offset + layout.ctime, ctime.seconds);
  reply.u32(offset + layout.atimeNanoseconds, atime.nanoseconds);
  reply.u32(offset + layout.mtimeNanoseconds, mtime.nanoseconds);
  reply.u32(offset + layout.ctimeNanoseconds, ctime.nanoseconds);
  reply.u32(offset + layout.mode, modeBits[attributes.type] | attributes.mode);
  reply.u32(offset + layout.links, attributes.links);
  reply.u32(offset + layout.uid, attributes.uid);
  reply.u32(offset + layout.gid, attributes.gid);
  reply.u32(offset + layout.rdev, attributes.rdev);
  reply.u32(offset + layout.blockSize, preferredBlockSize);
  reply.u32(offset + layout.flags, 0);
}

/** struct fuse_attr_out; returns its length. */
export function putAttributesReply(reply: Reply, attributes: Attributes): number {
  reply.u64(attributesOut.valid, forever);
  reply.u32(attributesOut.validNanoseconds, 0);
  reply.u32(attributesOut.padding, 0);
  putAttributes(reply, attributesOut.attributes, attributes);
  return attributesOut.bytes;
}

/** struct fuse_entry_out. Inode numbers are never used again, so the generation is always 0. */
export function putEntry(reply: Reply, offset: number, attributes: Attributes): void {
  reply.u64(offset + entryOut.node, attributes.inode);
  reply.u64(offset + entryOut.generation, 0);
  reply.u64(offset + entryOut.entryValid, forever);
  reply.u64(offset + entryOut.attributesValid, forever);
  reply.u32(offset + entryOut.entryValidNanoseconds, 0);
  reply.u32(offset + entryOut.attributesValidNanoseconds, 0);
  putAttributes(reply, offset + entryOut.attributes, attributes);
}

/** struct fuse_entry_out as a whole reply; returns its length. */
export function putEntryReply(reply: Reply, attributes: Attributes): number {
  putEntry(reply, 0, attributes);
  return entryOut.bytes;
}

/** "There is no such name", for the kernel to remember until it is told otherwise; returns its length. */
export function putMissingEntryReply(reply: Reply): number {
  reply.clear(0, entryOut.bytes);
  reply.u64(entryOut.entryValid, forever);
  return entryOut.bytes;
}

/** struct fuse_open_out. */
export function putOpened(
  reply: Reply,
  offset: number,
  handle: number,
  flags: number,
  backing = 0,
): void {
  reply.u64(offset + openOut.handle, handle);
  reply.u32(offset + openOut.openFlags, flags);
  reply.u32(offset + openOut.backingId, backing);
}
