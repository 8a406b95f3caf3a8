import { maximumRequestBytes } from './kernel/negotiate.ts';

/** How a mount behaves towards this machine's processes. */
export interface MountOptions {
  /** Other users than the one who mounts may enter. */
  readonly allowOther: boolean;
  /** The kernel compares modes with the caller's uid and gids by itself, before any request. */
  readonly kernelChecksPermissions: boolean;
  /** Set-id bits and device files take effect. Only root can ask for it, and only where every machine that writes is trusted. */
  readonly honoursSetIdAndDevices: boolean;
}

/** What stands before the type in the table of mounts, and its `fuse.` subtype. */
export const fileSystemName = 'peerfuse';

/** The options of mount(2)'s last argument, for a descriptor of /dev/fuse. */
export function kernelOptions(
  options: MountOptions,
  descriptor: number,
  uid: number,
  gid: number,
): string {
  const identity = `fd=${descriptor},rootmode=40000,user_id=${uid},group_id=${gid}`;
  return [identity, ...sharedOptions(options)].join(',');
}

/** The same for `fusermount3 -o`, which sets nosuid and nodev by itself. That reading leaves times alone is for programs to see. */
export function helperOptions(options: MountOptions): string {
  const names = `fsname=${fileSystemName},subtype=${fileSystemName}`;
  return [names, 'noatime', ...sharedOptions(options)].join(',');
}

function sharedOptions(options: MountOptions): string[] {
  return [
    `max_read=${maximumRequestBytes}`,
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.kernelChecksPermissions ? ['default_permissions'] : []),
  ];
}
