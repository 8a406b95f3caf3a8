// Serves one file, the image of a disk, in memory: a loop device over it is a disk whose power can be cut. Arguments: mountpoint, file to
// begin with. Commands come by IPC.
import { readFileSync, writeFileSync } from 'node:fs';
import { mountFileSystem } from '../../src/fuse/mount-file-system.ts';
import { rootInode } from '../../src/metadata/ids.ts';
import { nameFromText } from '../../src/metadata/name.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Caller, FileHandle } from '../../src/vfs/file-system.ts';
import { posixErrors } from '../../src/vfs/posix-error.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

export type DiskCommand =
  /** Nothing reaches the disk any more; reading goes on. */
  | { readonly kind: 'break' }
  /** Writes down what it holds. */
  | { readonly kind: 'save'; readonly path: string };

class Disk extends MemoryFileSystem {
  isBroken = false;

  override write(caller: Caller, handle: FileHandle, position: number, data: Buffer): number {
    if (this.isBroken) throw posixErrors.EIO;
    return super.write(caller, handle, position, data);
  }

  override async fsync(): Promise<void> {
    if (this.isBroken) throw posixErrors.EIO;
    return super.fsync();
  }
}

const [mountpoint = '', initial = ''] = process.argv.slice(2);
const disk = new Disk();
const root = { uid: 0, gid: 0 };
const image = disk.add(root, rootInode, nameFromText('image'), 'file', 0o600);
image.write(0, readFileSync(initial));
const mounted = await mountFileSystem({
  ...{ mountpoint, fileSystem: disk, logger: silentLogger },
  ...{ allowOther: false, kernelChecksPermissions: false, honoursSetIdAndDevices: false },
});
process.on('message', (command: DiskCommand) => {
  if (command.kind === 'break') disk.isBroken = true;
  else {
    const bytes = Buffer.alloc(image.size);
    image.read(0, bytes);
    writeFileSync(command.path, bytes);
  }
  process.send?.({ done: true });
});
process.channel?.unref();
process.on('SIGTERM', () => void mounted.unmount({ lazy: true }));
process.stdout.write('mounted\n');
await mounted.closed;
