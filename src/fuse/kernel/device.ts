import { constants } from 'node:os';
import { closeSync, constants as fileConstants, openSync } from 'node:fs';
import { native, type DeviceSession } from '../../platform/native.ts';

const { ENODEV } = constants.errno;

/** An open /dev/fuse: messages in, messages out. Whoever opened the descriptor closes it, after the end or `stop`. */
export class Device {
  readonly descriptor: number;
  #session: DeviceSession | undefined;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /**
   * Reads each message into `buffer` and calls `onMessage` with its length. `onEnd` is called once, with the errno that ended it
   * (ENODEV: unmounted); never after `stop`. Throws when the descriptor cannot be polled.
   */
  start(buffer: Buffer, onMessage: (length: number) => void, onEnd: (errno: number) => void): void {
    const session = native.startDevice(this.descriptor, buffer, onMessage, (errno) => {
      this.#session = undefined;
      onEnd(errno);
    });
    if (typeof session === 'number') throw new Error(`/dev/fuse cannot be polled: ${-session}`);
    this.#session = session;
  }

  stop(): void {
    if (this.#session !== undefined) native.stopDevice(this.#session);
    this.#session = undefined;
  }

  /** Bytes written, or minus the errno: ENODEV once it has ended, when the descriptor's number may be another file's. */
  write(message: Buffer, length: number): number {
    if (this.#session === undefined) return -ENODEV;
    return native.writev(this.descriptor, message, length, undefined, 0, 0);
  }

  /** Tells the kernel of an open file that it may read by itself: the number by which a reply names it, or minus the errno. */
  openBacking(descriptor: number): number {
    if (this.#session === undefined) return -ENODEV;
    return native.backingOpen(this.descriptor, descriptor);
  }

  /** No more replies name it. */
  closeBacking(backing: number): void {
    if (this.#session !== undefined) native.backingClose(this.descriptor, backing);
  }

  /** `length` bytes of `header`, then `bodyLength` of `body`, as one message. */
  writeWithBody(header: Buffer, length: number, body: Buffer, bodyLength: number): number {
    if (this.#session === undefined) return -ENODEV;
    return native.writev(this.descriptor, header, length, body, 0, bodyLength);
  }
}

/**
 * A second descriptor of the same connection, for notifications alone. A thread that is blocked in a notification keeps its descriptor
 * open even when the process is killed. As that is not the one that requests came through, the kernel then ends those requests, among
 * them the one that the thread waits for; otherwise neither would ever end. Undefined when the device cannot be opened again.
 */
export function openNotificationChannel(mounted: number): number | undefined {
  let fresh: number;
  try {
    fresh = openSync('/dev/fuse', fileConstants.O_RDWR);
  } catch {
    return undefined;
  }
  if (native.cloneDevice(fresh, mounted) >= 0) return fresh;
  closeSync(fresh);
  return undefined;
}
