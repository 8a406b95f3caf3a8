import type { MountOptions } from './mount-options.ts';

/**
 * `lazily`: out of sight at once, and gone when the last process leaves it. `by-force`: the same, and every request in it fails from now on,
 * for a mount whose process does not answer.
 */
export type UnmountManner = 'when-idle' | 'lazily' | 'by-force';

/** A way to mount. Paths are absolute. Failures are MountErrors, and leave nothing mounted. */
export interface Mounter {
  /** Resolves with a /dev/fuse descriptor that is connected to the mount, which the caller closes. */
  mount(mountpoint: string, options: MountOptions): Promise<number>;
  /** A mount in use is the problem `busy` when unmounted `when-idle`. What is not mounted is no failure. */
  unmount(mountpoint: string, manner: UnmountManner): Promise<void>;
}
