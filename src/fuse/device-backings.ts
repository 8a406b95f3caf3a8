import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { native } from '../platform/native.ts';
import type { KernelBackings } from '../vfs/passthrough/kernel-backings.ts';
import type { Device } from './kernel/device.ts';

/** Backing files that the kernel of one mount was told of. */
export class DeviceBackings implements KernelBackings {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  open(descriptor: number): number | undefined {
    const backing = this.#device.openBacking(descriptor);
    return backing > 0 ? backing : undefined;
  }

  close(backing: number): void {
    this.#device.closeBacking(backing);
  }
}

/** Why the kernel would not read files of this directory by itself; undefined when it would. Tries it with a file that has no name. */
export function whyNoPassthrough(device: Device, directory: string): string | undefined {
  const path = join(directory, 'passthrough-trial');
  const trial = openSync(path, 'w+', 0o600);
  try {
    return whyNotOf(device, trial) ?? whyMapsAreHidden(trial, path);
  } finally {
    closeSync(trial);
    unlinkSync(path);
  }
}

function whyNotOf(device: Device, trial: number): string | undefined {
  const backing = device.openBacking(trial);
  if (backing < 0) return refusal(getSystemErrorName(backing));
  device.closeBacking(backing);
  return undefined;
}

function refusal(code: string): string {
  if (code === 'EPERM') return 'the kernel leaves it to root';
  if (code === 'ELOOP') return 'the home is on a file system that lies on another one';
  return `the kernel refuses it (${code})`;
}

/** Whoever maps a backing file must not go unnoticed. */
function whyMapsAreHidden(trial: number, path: string): string | undefined {
  const alone = native.isHeldElsewhere(trial);
  const other = openSync(path, 'r');
  const together = native.isHeldElsewhere(trial);
  closeSync(other);
  return alone === 0 && together === 1
    ? undefined
    : 'the disk file system does not say who has a file open';
}
