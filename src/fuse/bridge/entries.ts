import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Attributes, RenameMode } from '../../vfs/file-system.ts';
import { posixErrors } from '../../vfs/posix-error.ts';
import { linkIn, mkdirIn, mknodIn, rename2In, renameIn } from '../kernel/abi.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';
import { putEntryReply } from './encode.ts';
import { permissionMask, typeOfMode } from './node-types.ts';

// MKNOD, MKDIR, SYMLINK, LINK, UNLINK, RMDIR, RENAME and RENAME2: what changes the names in directories.

export function mknod(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const mode = request.u32(mknodIn.mode);
  const type = typeOfMode(mode);
  if (type === undefined) throw posixErrors.EINVAL;
  const name = request.text(mknodIn.bytes) as Name;
  const permissions = mode & permissionMask;
  const rdev = request.u32(mknodIn.rdev);
  caller.umask = request.u32(mknodIn.umask);
  const parent = request.node as InodeId;
  sendEntry(bridge, fileSystem.makeNode(caller, parent, name, type, permissions, rdev));
}

export function mkdir(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const name = request.text(mkdirIn.bytes) as Name;
  const mode = request.u32(mkdirIn.mode) & permissionMask;
  caller.umask = request.u32(mkdirIn.umask);
  sendEntry(bridge, fileSystem.makeDirectory(caller, request.node as InodeId, name, mode));
}

export function symlink(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const name = request.text(0) as Name;
  const target = request.text(request.afterText(0));
  sendEntry(bridge, fileSystem.symlink(caller, request.node as InodeId, name, target));
}

export function link(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const inode = request.u64(linkIn.node) as InodeId;
  const name = request.text(linkIn.bytes) as Name;
  bridge.answer(fileSystem.link(caller, inode, request.node as InodeId, name), entryReply);
}

export function unlink(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  fileSystem.unlink(caller, request.node as InodeId, request.text(0) as Name);
  bridge.session.send(request.unique, nothing());
}

export function rmdir(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  fileSystem.removeDirectory(caller, request.node as InodeId, request.text(0) as Name);
  bridge.session.send(request.unique, nothing());
}

export function rename(bridge: Bridge): void {
  moveEntry(bridge, bridge.request.u64(renameIn.newParent), renameIn.bytes, 'replace');
}

export function rename2(bridge: Bridge): void {
  const { request } = bridge;
  const mode = renameModes[request.u32(rename2In.flags)];
  if (mode === undefined) throw posixErrors.EINVAL;
  moveEntry(bridge, request.u64(rename2In.newParent), rename2In.bytes, mode);
}

/** By the flags of renameat2(2). RENAME_WHITEOUT (4) is for overlay file systems' upper layers and is not offered. */
const renameModes: readonly (RenameMode | undefined)[] = ['replace', 'no-replace', 'exchange'];

function moveEntry(bridge: Bridge, newParent: number, names: number, mode: RenameMode): void {
  const { request, fileSystem, caller } = bridge;
  const name = request.text(names) as Name;
  const newName = request.text(request.afterText(names)) as Name;
  const parent = request.node as InodeId;
  fileSystem.rename(caller, parent, name, newParent as InodeId, newName, mode);
  bridge.session.send(request.unique, nothing());
}

function entryReply(bridge: Bridge, attributes: Attributes): number {
  return putEntryReply(bridge.reply, attributes);
}

function sendEntry(bridge: Bridge, attributes: Attributes): void {
  bridge.session.send(bridge.request.unique, putEntryReply(bridge.reply, attributes));
}
