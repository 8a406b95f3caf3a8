import { constants } from 'node:os';
import { native, type Notifier } from '../../platform/native.ts';
import { notifyDelete, notifyInvalidateEntry, notifyInvalidateInode, outHeader } from './abi.ts';
import { notificationCodes } from './flags.ts';
import { allocateMemory, put64, type Memory } from './words.ts';

// Messages that tell the kernel to forget what it has cached. Each says only "ask again", so repeating or reordering them does no harm.

/** Forget the attributes of an inode, not its pages. */
export function invalidateAttributes(inode: number): Buffer {
  return invalidateInode(inode, -1, 0);
}

/** Forget the attributes and the pages that hold [position, position + length); `length` 0 is up to the end. */
export function invalidatePages(inode: number, position: number, length: number): Buffer {
  return invalidateInode(inode, position, length);
}

/** Forget what `name` leads to, also when that was nothing. */
export function invalidateEntry(parent: number, name: string): Buffer {
  const layout = notifyInvalidateEntry;
  const memory = message(notificationCodes.invalidateEntry, layout.bytes, name);
  put(memory, layout.parent, parent);
  memory.words[(outHeader.bytes + layout.nameLength) >> 2] = name.length;
  return memory.bytes;
}

/** `name` was removed, and it led to `child`: who watches that file is told so. */
export function deleteEntry(parent: number, child: number, name: string): Buffer {
  const layout = notifyDelete;
  const memory = message(notificationCodes.delete, layout.bytes, name);
  put(memory, layout.parent, parent);
  put(memory, layout.child, child);
  memory.words[(outHeader.bytes + layout.nameLength) >> 2] = name.length;
  return memory.bytes;
}

function invalidateInode(inode: number, offset: number, length: number): Buffer {
  const layout = notifyInvalidateInode;
  const memory = message(notificationCodes.invalidateInode, layout.bytes, undefined);
  put(memory, layout.inode, inode);
  put(memory, layout.offset, offset);
  put(memory, layout.length, length);
  return memory.bytes;
}

/** Zeros but for the header, and the name with its NUL at the end. */
function message(code: number, bodyLength: number, name: string | undefined): Memory {
  const fixed = outHeader.bytes + bodyLength;
  const length = name === undefined ? fixed : fixed + name.length + 1;
  const memory = allocateMemory(length);
  memory.bytes.fill(0);
  memory.words[outHeader.length >> 2] = length;
  memory.words[outHeader.error >> 2] = code;
  if (name !== undefined) memory.bytes.write(name, fixed, 'latin1');
  return memory;
}

function put(memory: Memory, offset: number, value: number): void {
  put64(memory.words, (outHeader.bytes + offset) >> 2, value);
}

interface Waiting {
  readonly notification: Buffer;
  readonly whenUnknown: (() => void) | undefined;
}

/**
 * Sends notifications in order, from a thread of its own: the kernel may wait there for a lock whose owner waits for our answer. What is
 * added while a batch is under way goes out together in the next one.
 */
export class NotificationLane {
  readonly #notifier: Notifier;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  /** The descriptor may be closed at once: the lane has its own copy. */
  constructor(descriptor: number) {
    const notifier = native.startNotifier(descriptor);
    if (typeof notifier === 'number') throw new Error(`No thread could be started: ${-notifier}`);
    this.#notifier = notifier;
  }

  /** `whenUnknown` is called when the kernel holds nothing of what it was to forget. */
  add(notification: Buffer, whenUnknown?: () => void): void {
    if (this.#closed) return;
    this.#waiting.push({ notification, whenUnknown });
    this.#running ??= this.#run();
  }

  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Drops what waits, and resolves when what is under way is done: after an unmount, soon. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    await this.idle();
    native.stopNotifier(this.#notifier);
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const batch = Buffer.concat(waiting.map(({ notification }) => notification));
      const refused = await native.notify(this.#notifier, batch, batch.length);
      if (refused > 0) tellOfUnknown(waiting, batch);
    }
    this.#running = undefined;
  }
}

/** Any other refusal says that the kernel let go of the file system: nothing is left to do. */
function tellOfUnknown(waiting: readonly Waiting[], batch: Buffer): void {
  let start = 0;
  for (const { notification, whenUnknown } of waiting) {
    if (batch.readUInt32LE(start + outHeader.unique) === constants.errno.ENOENT) whenUnknown?.();
    start += notification.length;
  }
}
