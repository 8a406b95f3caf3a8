import { closeSync, constants as fileConstants, openSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { native } from '../platform/native.ts';
import { MountError } from './mount-error.ts';
import { fileSystemName, kernelOptions, type MountOptions } from './mount-options.ts';
import type { Mounter, UnmountManner } from './mounter.ts';

const { EBUSY, EINVAL, ENODEV, ENOENT, EPERM } = constants.errno;

/** Bits of mount(2) and umount2(2). */
const mountFlags = { nosuid: 2, nodev: 4, noatime: 1024 } as const;
const unmountFlags = { force: 1, detach: 2, noFollow: 8 } as const;

const flagsByManner: Readonly<Record<UnmountManner, number>> = {
  'when-idle': unmountFlags.noFollow,
  lazily: unmountFlags.noFollow | unmountFlags.detach,
  'by-force': unmountFlags.noFollow | unmountFlags.detach | unmountFlags.force,
};

/** Mounts with the system calls themselves, which needs CAP_SYS_ADMIN. */
export const mountByRoot: Mounter = {
  async mount(mountpoint, options) {
    const descriptor = openDevice();
    try {
      await mountDevice(descriptor, mountpoint, options);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  },

  async unmount(mountpoint, manner) {
    const outcome = await native.unmount(pathBytes(mountpoint), flagsByManner[manner]);
    if (outcome >= 0 || outcome === -EINVAL || outcome === -ENOENT) return;
    throw unmountError(mountpoint, -outcome);
  },
};

function openDevice(): number {
  try {
    return openSync('/dev/fuse', fileConstants.O_RDWR | fileConstants.O_NONBLOCK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new MountError(
      'no-device',
      `/dev/fuse cannot be opened (${reason}): load the kernel's module with "modprobe fuse", or give the container the device.`,
    );
  }
}

async function mountDevice(
  descriptor: number,
  mountpoint: string,
  options: MountOptions,
): Promise<void> {
  const untrusted = options.honoursSetIdAndDevices ? 0 : mountFlags.nosuid | mountFlags.nodev;
  const flags = mountFlags.noatime | untrusted;
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const data = kernelOptions(options, descriptor, uid, gid);
  const type = `fuse.${fileSystemName}`;
  const outcome = await native.mount(fileSystemName, pathBytes(mountpoint), type, flags, data);
  if (outcome < 0) throw mountError(mountpoint, -outcome);
}

function mountError(mountpoint: string, errno: number): MountError {
  if (errno === EPERM) {
    return new MountError(
      'not-permitted',
      `This process may not mount on ${mountpoint}: it lacks the capability CAP_SYS_ADMIN.`,
    );
  }
  if (errno === ENODEV) {
    return new MountError('no-device', 'This kernel has no FUSE: load it with "modprobe fuse".');
  }
  return new MountError(
    'failed',
    `${mountpoint} cannot be mounted: ${getSystemErrorName(-errno)}.`,
  );
}

function unmountError(mountpoint: string, errno: number): MountError {
  if (errno === EBUSY) return busyError(mountpoint);
  const reason = getSystemErrorName(-errno);
  return new MountError('failed', `${mountpoint} cannot be unmounted: ${reason}.`);
}

export function busyError(mountpoint: string): MountError {
  return new MountError(
    'busy',
    `${mountpoint} is in use: close the files and leave the directories in it (see "fuser -vm"), then try again.`,
  );
}

/** The addon takes a path's bytes as latin1. */
function pathBytes(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}
