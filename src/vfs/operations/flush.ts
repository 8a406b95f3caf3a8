import type { Context } from '../context.ts';
import { answered } from '../failure.ts';
import { openHandle } from '../file-handle.ts';
import type { FileHandle } from '../file-system.ts';

/** close(2) of a descriptor: what was written is told to the network, and what keeps it from being told is answered. */
export function flush(context: Context, handle: FileHandle): void | Promise<void> {
  const { file, writable } = openHandle(handle);
  context.passthrough.notice(file);
  if (writable) return answered(() => context.publisher.publish(file));
}

/**
 * fsync(2): afterwards the bytes, and the operation that tells of them, are on the disk itself. fdatasync(2) needs the operation
 * too, as nobody would find the bytes without it. Other files' publications are not waited for.
 */
export function fsync(context: Context, handle: FileHandle): Promise<void> {
  return Promise.resolve(answered(() => syncFile(context, handle)));
}

async function syncFile(context: Context, handle: FileHandle): Promise<void> {
  const { file } = openHandle(handle);
  context.passthrough.notice(file);
  await context.publisher.publish(file);
  await Promise.all([file.content.sync(), context.replica.flush()]);
}

/** The last descriptor of an open file description is gone. What a memory map left to publish is published soon by itself. */
export function release(context: Context, handle: FileHandle): void {
  const { file, reader, access } = openHandle(handle);
  reader.closed = true;
  context.passthrough.leave(file, access);
  context.files.release(file);
}
