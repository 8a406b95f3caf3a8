import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { InodeId } from '../metadata/ids.ts';
import type { Logger } from '../platform/logger.ts';
import type { ChangeObserver, FileSystem } from '../vfs/file-system.ts';
import { Bridge } from './bridge/bridge.ts';
import { dispatch } from './bridge/dispatch.ts';
import type { WaitingReads } from './bridge/waiting-reads.ts';
import { ChangeNotifier } from './change-notifier.ts';
import type { KernelBackings } from '../vfs/passthrough/kernel-backings.ts';
import { DeviceBackings, whyNoPassthrough } from './device-backings.ts';
import { Device, openNotificationChannel } from './kernel/device.ts';
import { initFlags2 } from './kernel/flags.ts';
import { KernelTooOld, type Agreement } from './kernel/negotiate.ts';
import { Session } from './kernel/session.ts';
import { mountByHelper } from './mount-by-helper.ts';
import { mountByRoot } from './mount-by-root.ts';
import { MountError } from './mount-error.ts';
import type { MountOptions } from './mount-options.ts';
import type { Mounter } from './mounter.ts';
import { prepareMountpoint } from './mountpoint.ts';
import { widenReadAhead } from './read-ahead.ts';

export interface MountRequest extends MountOptions {
  /** An existing directory. */
  readonly mountpoint: string;
  readonly fileSystem: FileSystem;
  readonly logger: Logger;
  /** Where the backing files are; absent: the kernel is not to read them by itself. */
  readonly backingDirectory?: string;
}

/** `unmounted` also by somebody else; `aborted` through /sys/fs/fuse/connections or `umount -f`. */
export type EndOfMount = 'unmounted' | 'aborted';

/** A mount that answers. */
export interface Mounted {
  /** Absolute, without symbolic links. */
  readonly mountpoint: string;
  /** To be told of every change that the kernel did not cause. */
  readonly observer: ChangeObserver;
  /** Where the kernel is to be told of backing files that it may read by itself, or why it cannot. */
  readonly passthrough: KernelBackings | { readonly whyNot: string };
  /** Resolves when the kernel has been told of every change so far, but for bytes that a read still waits for: of those, after it. */
  told(): Promise<void>;
  /** Resolves, never rejects, when the kernel has let go of the file system; all handles are released by then. */
  readonly closed: Promise<EndOfMount>;
  /** Resolves when it is unmounted, or with `lazy` detached: then `closed` follows when the last process leaves. Rejects with a MountError. */
  unmount(options?: { readonly lazy?: boolean }): Promise<void>;
}

/** Shows a file system at a directory. Rejects with a MountError, and then nothing is mounted. */
export async function mountFileSystem(request: MountRequest): Promise<Mounted> {
  const mounter = process.geteuid?.() === 0 ? mountByRoot : mountByHelper;
  const mountpoint = await prepareMountpoint(request.mountpoint, mounter);
  const descriptor = await mounter.mount(mountpoint, request);
  const mount = new Mount(mountpoint, descriptor, mounter, request);
  await mount.start();
  return mount;
}

class Mount implements Mounted {
  readonly mountpoint: string;
  readonly observer: ChangeNotifier;
  readonly closed: Promise<EndOfMount>;
  passthrough: Mounted['passthrough'] = { whyNot: 'it is switched off' };
  readonly #backingDirectory: string | undefined;
  readonly #device: Device;
  readonly #mounter: Mounter;
  readonly #descriptor: number;
  readonly #session: Session;
  readonly #bridge: Bridge;
  readonly #end = Promise.withResolvers<EndOfMount>();

  constructor(mountpoint: string, descriptor: number, mounter: Mounter, request: MountRequest) {
    const { fileSystem, logger } = request;
    this.mountpoint = mountpoint;
    this.closed = this.#end.promise;
    this.#mounter = mounter;
    this.#descriptor = descriptor;
    this.#backingDirectory = request.backingDirectory;
    this.#device = new Device(descriptor);
    this.#session = new Session(
      this.#device,
      request,
      logger,
      () => dispatch(this.#bridge),
      (errno) => void this.#close(errno),
    );
    this.#bridge = new Bridge(fileSystem, this.#session, logger);
    this.observer = makeNotifier(descriptor, this.#bridge.waitingReads, fileSystem);
  }

  async start(): Promise<void> {
    try {
      this.#session.start();
      this.passthrough = this.#tryPassthrough(await this.#session.ready);
      await widenReadAhead(this.mountpoint);
    } catch (error) {
      this.#session.stop();
      await this.#mounter.unmount(this.mountpoint, 'lazily');
      await this.#close(0);
      throw startError(error);
    }
  }

  #tryPassthrough({ flags2 }: Agreement): Mounted['passthrough'] {
    if (this.#backingDirectory === undefined) return this.passthrough;
    if ((flags2 & initFlags2.passthrough) === 0) return { whyNot: 'it needs Linux 6.9' };
    const whyNot = whyNoPassthrough(this.#device, this.#backingDirectory);
    return whyNot === undefined ? new DeviceBackings(this.#device) : { whyNot };
  }

  told(): Promise<void> {
    return this.observer.settled();
  }

  async unmount(options: { readonly lazy?: boolean } = {}): Promise<void> {
    await this.#mounter.unmount(this.mountpoint, options.lazy === true ? 'lazily' : 'when-idle');
    if (options.lazy !== true) await this.closed;
  }

  async #close(errno: number): Promise<void> {
    this.#bridge.close();
    await this.observer.close();
    closeSync(this.#descriptor);
    this.#end.resolve(errno === constants.errno.ECONNABORTED ? 'aborted' : 'unmounted');
  }
}

function makeNotifier(
  descriptor: number,
  waitingReads: WaitingReads,
  fileSystem: FileSystem,
): ChangeNotifier {
  const channel = openNotificationChannel(descriptor);
  const isReferenced = (inode: number): boolean => fileSystem.isReferenced(inode as InodeId);
  const notifier = new ChangeNotifier(channel ?? descriptor, waitingReads, isReferenced);
  if (channel !== undefined) closeSync(channel);
  return notifier;
}

function startError(error: unknown): MountError {
  const message = error instanceof Error ? error.message : String(error);
  return new MountError(error instanceof KernelTooOld ? 'kernel-too-old' : 'failed', message);
}
