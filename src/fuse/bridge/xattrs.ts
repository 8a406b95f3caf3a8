import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import { posixErrors } from '../../vfs/posix-error.ts';
import { getxattrIn, getxattrOut, setxattrIn, setxattrInCompatible } from '../kernel/abi.ts';
import { initFlags, setxattrFlags } from '../kernel/flags.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';

// GETXATTR, LISTXATTR, SETXATTR, REMOVEXATTR.

const noSuchAttribute = posixErrors.ENODATA.errno;

export function getxattr(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const name = request.text(getxattrIn.bytes) as Name;
  const value = fileSystem.findXattr(caller, request.node as InodeId, name);
  if (value === undefined) bridge.session.sendError(request.unique, noSuchAttribute);
  else sendValue(bridge, value);
}

export function listxattr(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  const names = fileSystem.listXattrs(caller, request.node as InodeId);
  const list = names.map((name) => `${name}\0`).join('');
  sendValue(bridge, Buffer.from(list, 'latin1'));
}

/** A size of 0 asks how long the value is. */
function sendValue(bridge: Bridge, value: Buffer): void {
  const { request, reply, session } = bridge;
  const room = request.u32(getxattrIn.size);
  if (room !== 0 && value.length > room) throw posixErrors.ERANGE;
  if (room !== 0) return session.sendBody(request.unique, value, value.length);
  reply.u32(getxattrOut.size, value.length);
  reply.u32(getxattrOut.padding, 0);
  session.send(request.unique, getxattrOut.bytes);
}

const { clearSetGroup } = setxattrFlags;

export function setxattr(bridge: Bridge): void {
  const { request, session, fileSystem, caller } = bridge;
  const isExtended = session.agreed(initFlags.setxattrExtended);
  const fixed = (isExtended ? setxattrIn : setxattrInCompatible).bytes;
  const name = request.text(fixed) as Name;
  const value = request.copy(request.afterText(fixed), request.u32(setxattrIn.size));
  const flags = request.u32(setxattrIn.flags);
  const clear = isExtended && (request.u32(setxattrIn.setxattrFlags) & clearSetGroup) !== 0;
  fileSystem.setXattr(caller, request.node as InodeId, name, value, flags, clear);
  bridge.session.send(request.unique, nothing());
}

export function removexattr(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  fileSystem.removeXattr(caller, request.node as InodeId, request.text(0) as Name);
  bridge.session.send(request.unique, nothing());
}
