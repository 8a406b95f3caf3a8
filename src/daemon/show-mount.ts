import { flavours } from '../config/flavours.ts';
import { type Mounted, mountFileSystem } from '../fuse/mount-file-system.ts';
import { MountError, type MountProblem } from '../fuse/mount-error.ts';
import { ExpectedFailure, type FailureKind } from '../util/expected-failure.ts';
import type { DaemonOptions } from './daemon-options.ts';
import type { Peer } from './peer.ts';

const kindByProblem: Readonly<Record<MountProblem, FailureKind>> = {
  'no-device': 'machine',
  'no-helper': 'machine',
  'no-such-directory': 'usage',
  'not-a-directory': 'usage',
  'already-mounted': 'exists',
  'not-permitted': 'refused',
  'allow-other-not-permitted': 'refused',
  'kernel-too-old': 'machine',
  busy: 'refused',
  failed: 'machine',
};

/** Shows the tree at the mountpoint, if there is to be one. The kernel may read by itself what is in `backingDirectory`. */
export async function showMount(
  options: DaemonOptions,
  peer: Peer,
  backingDirectory: string | undefined,
): Promise<Mounted | undefined> {
  const { mountpoint, allowOther, logger } = options;
  if (mountpoint === null) return undefined;
  const { fileSystem, identity } = peer;
  const isByKernel = flavours[identity.flavour].enforcedBy === 'kernel';
  const mounted = await asExpected(
    mountFileSystem({
      ...{ mountpoint, fileSystem, logger, allowOther },
      kernelChecksPermissions: isByKernel,
      // Devices and set-id programs of another machine take effect only where all machines are under one administration.
      honoursSetIdAndDevices: isByKernel && process.geteuid?.() === 0,
      ...(backingDirectory !== undefined && { backingDirectory }),
    }),
  );
  fileSystem.observe(mounted.observer);
  const { passthrough } = mounted;
  if ('open' in passthrough) fileSystem.passThrough(passthrough);
  logger.info({ passthrough: 'open' in passthrough ? 'in use' : passthrough.whyNot }, 'mounted');
  return mounted;
}

/** Rejects with `refused` while it is in use. */
export function takeMountAway(mounted: Mounted): Promise<void> {
  return asExpected(mounted.unmount());
}

function asExpected<T>(promise: Promise<T>): Promise<T> {
  return promise.catch((error: unknown) => {
    if (!(error instanceof MountError)) throw error;
    throw new ExpectedFailure(kindByProblem[error.problem], error.message);
  });
}
