import { createRequire } from 'node:module';

// The system calls that Node lacks (native/*.c), typed. The addon decides nothing and throws nothing: a call returns what the system
// call returned, or minus its errno (see os.constants.errno). Where a text is a path, it is the path's bytes as latin1.

/** 0 or more: what the call returned. Below 0: minus the errno. */
export type Outcome = number;

/** A /dev/fuse descriptor that is being read. */
export type DeviceSession = object & { readonly __brand: 'DeviceSession' };

/** A thread that writes to a descriptor on which a write may block for long. */
export type Notifier = object & { readonly __brand: 'Notifier' };

export interface Native {
  /** fallocate(2) on the calling thread; 0. Quick only for ranges of a few MiB: otherwise use the other one. `mode` is 0 or fallocateFlags. */
  fallocate(descriptor: number, mode: number, position: number, length: number): Outcome;
  fallocateAsync(
    descriptor: number,
    mode: number,
    position: number,
    length: number,
  ): Promise<Outcome>;
  /** Where data begins at or after `position`; -ENXIO beyond the last data. Moves the descriptor's own offset. */
  seekData(descriptor: number, position: number): Outcome;
  /** Where a hole begins at or after `position` (the end of the file is one); -ENXIO beyond the end. Moves the descriptor's own offset. */
  seekHole(descriptor: number, position: number): Outcome;
  /** copy_file_range(2) in the thread pool: the bytes copied, 0 at the end of the source. May copy less than asked. */
  copyRange(
    from: number,
    fromPosition: number,
    to: number,
    toPosition: number,
    length: number,
  ): Promise<Outcome>;
  /**
   * Reads what is in the page cache, without waiting for a disk: the bytes read (fewer than asked when only the beginning is cached, or
   * at the end of the file; 0 at or after the end). -EAGAIN: nothing of it is cached. -EOPNOTSUPP: this file system cannot tell. Both
   * mean: read in the thread pool.
   */
  preadNow(
    descriptor: number,
    buffer: Uint8Array,
    bufferOffset: number,
    length: number,
    position: number,
  ): Outcome;
  /** syncfs(2) in the thread pool: what was written to any file of the disk file system that this descriptor is of. */
  syncFileSystem(descriptor: number): Promise<Outcome>;
  /** Has new folders in this one placed far from each other on the disk; -EOPNOTSUPP or -ENOTTY where the file system knows no such thing. */
  spreadFolders(descriptor: number): Outcome;
  /** dup(2), closed on exec. */
  duplicate(descriptor: number): Outcome;
  /**
   * 1 when another open file of any process, or a memory map of one, holds the same inode, 0 when this descriptor's is the only one
   * (duplicates are the same). Below 0 where the disk file system cannot tell.
   */
  isHeldElsewhere(descriptor: number): Outcome;

  /** Sets TCP_CONGESTION, for example `bbr`; -ENOENT when the kernel does not have it. */
  setCongestionControl(descriptor: number, name: string): Outcome;
  getCongestionControl(descriptor: number): string | Outcome;

  mount(
    source: string,
    target: string,
    type: string,
    flags: number,
    data: string,
  ): Promise<Outcome>;
  unmount(target: string, flags: number): Promise<Outcome>;
  /** A connected pair of Unix stream sockets, closed on exec. */
  socketPair(): [number, number] | Outcome;
  /** The descriptor in a message that has already arrived; -EAGAIN when none has, -EPIPE when the sender is gone. */
  receiveDescriptor(socket: number): Outcome;

  /**
   * Reads requests from a /dev/fuse descriptor into `buffer`, one at a time, and calls `onRequest` with the length of each: the buffer
   * is overwritten after it returns. `onEnd` is called once, with ENODEV when it was unmounted; not after `stopDevice`.
   */
  startDevice(
    descriptor: number,
    buffer: Buffer,
    onRequest: (length: number) => void,
    onEnd: (errno: number) => void,
  ): DeviceSession | Outcome;
  /** Once, and not after `onEnd`. Leaves the descriptor open. */
  stopDevice(session: DeviceSession): void;
  /** `headerLength` bytes of `header`, then `bodyLength` bytes of `body`, in one write. */
  writev(
    descriptor: number,
    header: Uint8Array,
    headerLength: number,
    body: Uint8Array | undefined,
    bodyOffset: number,
    bodyLength: number,
  ): Outcome;
  /** A thread with a copy of the descriptor; ended by `stopNotifier`. */
  startNotifier(descriptor: number): Notifier | Outcome;
  /**
   * Writes messages one by one, each beginning with its length as u32. How many were refused: these have the errno as u32 at byte 8,
   * where notifications have zeros; the others are written all the same. One call at a time; `messages` must live until then.
   */
  notify(notifier: Notifier, messages: Buffer, length: number): Promise<number>;
  /** Once, and while no `notify` is under way. */
  stopNotifier(notifier: Notifier): void;
  /** FUSE_DEV_IOC_BACKING_OPEN: the id by which an open reply names the file. */
  backingOpen(device: number, descriptor: number): Outcome;
  backingClose(device: number, backingId: number): Outcome;
  /** FUSE_DEV_IOC_CLONE. */
  cloneDevice(fresh: number, mounted: number): Outcome;
}

/** Bits of fallocate(2)'s mode. A punched hole needs `keepSize` too. */
export const fallocateFlags = {
  keepSize: 0x01,
  punchHole: 0x02,
  collapseRange: 0x08,
  zeroRange: 0x10,
  insertRange: 0x20,
} as const;

// The same number of folders up from src/platform and from dist/platform.
export const native = createRequire(import.meta.url)(
  '../../build/Release/fuse_device.node',
) as Native;
