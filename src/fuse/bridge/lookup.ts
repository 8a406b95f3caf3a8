import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import { accessIn, batchForgetIn, forgetIn, forgetOne } from '../kernel/abi.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';
import { putEntryReply, putMissingEntryReply } from './encode.ts';

// LOOKUP, FORGET and BATCH_FORGET, READLINK, ACCESS: what leads to an inode, and what ends its being known.

export function lookup(bridge: Bridge): void {
  const { request, reply, session, fileSystem } = bridge;
  const name = request.text(0) as Name;
  const attributes = fileSystem.find(bridge.caller, request.node as InodeId, name);
  // A name that does not exist is a good answer too: the kernel keeps it until it is told of a new entry.
  const isMissing = attributes === undefined;
  const length = isMissing ? putMissingEntryReply(reply) : putEntryReply(reply, attributes);
  session.send(request.unique, length);
}

/** Has no reply, so nothing that goes wrong may become one. */
export function forget({ request, fileSystem }: Bridge): void {
  fileSystem.forget(request.node as InodeId, request.u64(forgetIn.lookups));
}

/** Has no reply either. */
export function batchForget({ request, fileSystem }: Bridge): void {
  const count = request.u32(batchForgetIn.count);
  for (let index = 0; index < count; index++) {
    const one = batchForgetIn.bytes + index * forgetOne.bytes;
    const node = request.u64(one + forgetOne.node) as InodeId;
    fileSystem.forget(node, request.u64(one + forgetOne.lookups));
  }
}

export function readlink(bridge: Bridge): void {
  const target = bridge.fileSystem.readlink(bridge.request.node as InodeId);
  bridge.session.send(bridge.request.unique, bridge.reply.text(0, target));
}

export function access(bridge: Bridge): void {
  const { request, fileSystem, caller } = bridge;
  fileSystem.access(caller, request.node as InodeId, request.u32(accessIn.mask));
  bridge.session.send(request.unique, nothing());
}
