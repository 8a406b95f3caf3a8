// A file system that does nothing, on src/fuse/kernel alone: the yardstick for what a request costs before Peerfuse does any work. One
// directory; `zeros` is a file of 1 GiB of zeros, and every other name is an empty file. Mounts at the directory given as argument,
// prints `mounted`, ends with the unmount.
import { constants } from 'node:fs';
import { posixErrors } from '../src/vfs/posix-error.ts';
import {
  attributes as attr,
  attributesOut,
  entryOut,
  openOut,
  readIn,
} from '../src/fuse/kernel/abi.ts';
import { Device } from '../src/fuse/kernel/device.ts';
import { opcodes } from '../src/fuse/kernel/opcodes.ts';
import { Session } from '../src/fuse/kernel/session.ts';
import { mountByHelper } from '../src/fuse/mount-by-helper.ts';
import { mountByRoot } from '../src/fuse/mount-by-root.ts';
import { silentLogger } from '../src/platform/logger.ts';

const root = 1;
const zerosNode = 2;
const zerosSize = 2 ** 30;
const forever = 2 ** 31 - 1;
const zeros = Buffer.alloc(1 << 20);

const [mountpoint = ''] = process.argv.slice(2);
const mounter = process.geteuid?.() === 0 ? mountByRoot : mountByHelper;
const options = {
  allowOther: false,
  kernelChecksPermissions: false,
  honoursSetIdAndDevices: false,
};
const descriptor = await mounter.mount(mountpoint, options);
let lastNode = zerosNode;
const device = new Device(descriptor);
const session = new Session(device, options, silentLogger, handle, () => process.exit(0));
session.start();
await session.ready;
process.stdout.write('mounted\n');

function handle(): void {
  const { request, reply } = session;
  const { unique, opcode, node } = request;
  switch (opcode) {
    case opcodes.LOOKUP: {
      const found = request.text(0) === 'zeros' ? zerosNode : ++lastNode;
      reply.clear(0, entryOut.bytes);
      reply.u64(entryOut.node, found);
      reply.u64(entryOut.entryValid, forever);
      reply.u64(entryOut.attributesValid, forever);
      putAttributes(entryOut.attributes, found);
      return session.send(unique, entryOut.bytes);
    }
    case opcodes.GETATTR:
      reply.clear(0, attributesOut.bytes);
      reply.u64(attributesOut.valid, forever);
      putAttributes(attributesOut.attributes, node);
      return session.send(unique, attributesOut.bytes);
    case opcodes.OPEN:
    case opcodes.OPENDIR:
      reply.clear(0, openOut.bytes);
      return session.send(unique, openOut.bytes);
    case opcodes.READ:
      return session.sendBody(unique, zeros, request.u32(readIn.size));
    case opcodes.FORGET:
    case opcodes.BATCH_FORGET:
    case opcodes.INTERRUPT:
      return undefined;
    case opcodes.FLUSH:
    case opcodes.RELEASE:
    case opcodes.RELEASEDIR:
    case opcodes.READDIR:
      return session.send(unique, 0);
    default:
      return session.sendError(unique, posixErrors.ENOSYS.errno);
  }
}

function putAttributes(offset: number, node: number): void {
  const { reply } = session;
  const type = node === root ? constants.S_IFDIR | 0o755 : constants.S_IFREG | 0o644;
  reply.u64(offset + attr.inode, node);
  reply.u64(offset + attr.size, node === zerosNode ? zerosSize : 0);
  reply.u32(offset + attr.mode, type);
  reply.u32(offset + attr.links, 1);
}
