import type { DeviceId } from '../identity/ids.ts';

/**
 * A file, directory or other node, equal on all peers: `device * 2^32 + counter`, where the device is the one that created it
 * (so two devices cannot make the same one, nor take one from another) and the counter is that device's own. It is the `st_ino`
 * and the kernel's node id. Never reused. The root is 1, as FUSE wants it: device 0, counter 1.
 */
export type InodeId = number & { readonly __brand: 'InodeId' };

export const rootInode = 1 as InodeId;

export function inodeId(device: DeviceId, counter: number): InodeId {
  return (device * 2 ** 32 + counter) as InodeId;
}

export function deviceOfInode(inode: InodeId): DeviceId {
  return Math.floor(inode / 2 ** 32) as DeviceId;
}
