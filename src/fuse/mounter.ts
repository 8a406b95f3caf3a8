import type { MountOptions } from './mount-options.ts';

/** A way to mount. Paths are absolute. Failures are MountErrors, and leave nothing mounted. */
export interface Mounter {
  /** Resolves with a /dev/fuse descriptor that is connected to the mount, which the caller closes. */
  mount(mountpoint: string, options: MountOptions): Promise<number>;
  /** `lazy` detaches a mount that is in use; without it that is the problem `busy`. What is not mounted is no failure. */
  unmount(mountpoint: string, lazy: boolean): Promise<void>;
}
