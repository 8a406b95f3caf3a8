import type { InodeId } from '../../metadata/ids.ts';
import type { Time } from '../../metadata/node.ts';
import type { AttributeChange, Attributes } from '../../vfs/file-system.ts';
import { setattrIn, statfsOut } from '../kernel/abi.ts';
import { setattrFlags as flags } from '../kernel/flags.ts';
import type { Request } from '../kernel/request.ts';
import type { Bridge } from './bridge.ts';
import { putAttributesReply } from './encode.ts';
import { permissionMask } from './node-types.ts';
import { exactPosition } from './positions.ts';

// GETATTR, SETATTR, STATFS.

export function getattr(bridge: Bridge): void {
  const attributes = bridge.fileSystem.attributes(bridge.request.node as InodeId);
  bridge.session.send(bridge.request.unique, putAttributesReply(bridge.reply, attributes));
}

export function setattr(bridge: Bridge): void {
  const { fileSystem, caller, request } = bridge;
  const change = attributeChange(bridge);
  bridge.answer(fileSystem.setAttributes(caller, request.node as InodeId, change), attributesReply);
}

function attributesReply(bridge: Bridge, attributes: Attributes): number {
  return putAttributesReply(bridge.reply, attributes);
}

function attributeChange({ request, files }: Bridge): AttributeChange {
  const valid = request.u32(setattrIn.valid);
  const change: AttributeChange = {};
  if (valid & flags.mode) change.mode = request.u32(setattrIn.mode) & permissionMask;
  if (valid & flags.uid) change.uid = request.u32(setattrIn.uid);
  if (valid & flags.gid) change.gid = request.u32(setattrIn.gid);
  if (valid & flags.size) change.size = exactPosition(request.u64(setattrIn.size));
  if (valid & flags.atimeNow) change.atime = 'now';
  else if (valid & flags.atime) {
    change.atime = time(request, setattrIn.atime, setattrIn.atimeNanoseconds);
  }
  if (valid & flags.mtimeNow) change.mtime = 'now';
  else if (valid & flags.mtime) {
    change.mtime = time(request, setattrIn.mtime, setattrIn.mtimeNanoseconds);
  }
  if (valid & flags.handle) change.handle = files.get(request.u64(setattrIn.handle));
  if (valid & flags.killPrivileges) change.clearPrivileges = true;
  return change;
}

function time(request: Request, seconds: number, nanoseconds: number): Time {
  return { seconds: request.i64(seconds), nanoseconds: request.u32(nanoseconds) };
}

export function statfs(bridge: Bridge): void {
  const { reply } = bridge;
  const statistics = bridge.fileSystem.statistics();
  reply.clear(0, statfsOut.bytes);
  reply.u64(statfsOut.blocks, statistics.blocks);
  reply.u64(statfsOut.blocksFree, statistics.blocksFree);
  reply.u64(statfsOut.blocksAvailable, statistics.blocksAvailable);
  reply.u64(statfsOut.inodes, statistics.inodes);
  reply.u64(statfsOut.inodesFree, statistics.inodesFree);
  reply.u32(statfsOut.blockSize, statistics.blockSize);
  reply.u32(statfsOut.nameLength, statistics.maximumNameBytes);
  reply.u32(statfsOut.fragmentSize, statistics.blockSize);
  bridge.session.send(bridge.request.unique, statfsOut.bytes);
}
