import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { native } from '../platform/native.ts';
import { busyError } from './mount-by-root.ts';
import { MountError } from './mount-error.ts';
import { helperOptions } from './mount-options.ts';
import { mountAt } from './mount-table.ts';
import type { Mounter } from './mounter.ts';

const helper = 'fusermount3';

/** Where the helper finds its end of the socket: the first descriptor after the standard ones. */
const helperSocket = 3;

/** Mounts as an ordinary user, through the set-uid program that comes with libfuse. */
export const mountByHelper: Mounter = {
  async mount(mountpoint, options) {
    const pair = native.socketPair();
    if (typeof pair === 'number') throw new MountError('failed', 'No socket could be made.');
    const [ours, theirs] = pair;
    try {
      const result = await runHelper(['-o', helperOptions(options), '--', mountpoint], theirs);
      if (result.status !== 0) throw mountError(mountpoint, result.complaint);
      return await receiveDevice(ours, mountpoint);
    } finally {
      closeSync(ours);
      closeSync(theirs);
    }
  },

  async unmount(mountpoint, manner) {
    if (manner === 'by-force') await abortConnection(mountpoint);
    const lazily = manner === 'when-idle' ? [] : ['-z'];
    const result = await runHelper(['-u', ...lazily, '--', mountpoint], undefined);
    if (result.status !== 0) throwUnlessUnmounted(mountpoint, result.complaint);
  },
};

/** The helper has sent its message before it ended. */
async function receiveDevice(socket: number, mountpoint: string): Promise<number> {
  const descriptor = native.receiveDescriptor(socket);
  if (descriptor >= 0) return descriptor;
  await mountByHelper.unmount(mountpoint, 'lazily');
  throw new MountError('failed', `${helper} mounted ${mountpoint} but handed over no device.`);
}

interface HelperResult {
  readonly status: number | null;
  readonly complaint: string;
}

async function runHelper(
  parameters: readonly string[],
  socket: number | undefined,
): Promise<HelperResult> {
  const child = spawn(helper, parameters, {
    stdio: ['ignore', 'ignore', 'pipe', ...(socket === undefined ? [] : [socket])],
    // The complaints are matched below, so they must not be translated.
    env: { ...process.env, LC_ALL: 'C', _FUSE_COMMFD: String(helperSocket) },
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, complaint: complaint.trim() };
  } catch {
    throw new MountError(
      'no-helper',
      `${helper} cannot be run, and only root mounts without it: install the package "fuse3".`,
    );
  }
}

/** The owner of a mount may end its connection, where the administrator's file system for that is mounted: on ordinary systems. */
async function abortConnection(mountpoint: string): Promise<void> {
  const entry = await mountAt(mountpoint);
  if (entry === undefined) return;
  const connection = entry.device.replace(/^0:/, '');
  await writeFile(`/sys/fs/fuse/connections/${connection}/abort`, '1').catch(() => {});
}

function mountError(mountpoint: string, complaint: string): MountError {
  if (complaint.includes('allow_other')) {
    return new MountError(
      'allow-other-not-permitted',
      'Ordinary users may not let others into their mounts here: put the line "user_allow_other" into /etc/fuse.conf.',
    );
  }
  if (complaint.includes('/dev/fuse')) {
    return new MountError(
      'no-device',
      `/dev/fuse cannot be opened by this user (${complaint}): it should have the mode 0666.`,
    );
  }
  if (/permission denied|not permitted|no write access/i.test(complaint)) {
    return new MountError(
      'not-permitted',
      `You may mount only on a directory of your own; ${mountpoint} is not one (${complaint}).`,
    );
  }
  return new MountError('failed', `${mountpoint} cannot be mounted: ${complaint}.`);
}

function throwUnlessUnmounted(mountpoint: string, complaint: string): void {
  if (/not found in|not mounted|invalid argument/i.test(complaint)) return;
  if (/busy/i.test(complaint)) throw busyError(mountpoint);
  throw new MountError('failed', `${mountpoint} cannot be unmounted: ${complaint}.`);
}
