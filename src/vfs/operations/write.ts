import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import { posixFailure } from '../failure.ts';
import { noteChange, takePrivileges } from '../file-change.ts';
import { writableHandle } from '../file-handle.ts';
import type { Caller, FileHandle } from '../file-system.ts';
import type { OpenFile } from '../open-file.ts';
import { posixErrors } from '../posix-error.ts';

/** pwrite(2), or write(2) at the end with O_APPEND. */
export function write(
  context: Context,
  caller: Caller,
  handle: FileHandle,
  position: number,
  data: Buffer,
  clearPrivileges: boolean,
): number | Promise<number> {
  const { file, appends } = writableHandle(handle);
  if (data.length === 0) return 0;
  const acting = context.actors.actingOf(caller);
  if (!appends) return writeAt(context, acting, file, position, data, clearPrivileges, false);
  const append = (bytes: Buffer) => {
    const end = file.content.size;
    if (end !== position) tellMisplaced(context, file, Math.min(end, position));
    return writeAt(context, acting, file, end, bytes, clearPrivileges, true);
  };
  if (file.writesUnderWay === null) return append(data);
  // Where the end is will be known only when the write before is done; `data` is the carrier's own by then.
  const copy = Buffer.from(data);
  return file.writesUnderWay.then(() => append(copy));
}

function writeAt(
  context: Context,
  acting: Acting,
  file: OpenFile,
  position: number,
  data: Buffer,
  clearPrivileges: boolean,
  appends: boolean,
): number | Promise<number> {
  if (file.mayNotPublish) throw posixErrors.EACCES;
  const bytes = withinLimit(context, position, data);
  takePrivileges(context, file, acting, clearPrivileges);
  try {
    const { content } = file;
    const result = appends ? content.append(bytes) : content.write(position, bytes);
    if (result instanceof Promise) {
      trackWrite(file, result);
      return result.then(
        () => written(context, acting, file, bytes),
        (error: unknown) => failed(context, error),
      );
    }
  } catch (error) {
    return failed(context, error);
  }
  return written(context, acting, file, bytes);
}

// As Linux does: what fits is written, and only a write that begins at the limit fails.
function withinLimit(context: Context, position: number, data: Buffer): Buffer {
  const room = context.limits.maximumFileBytes - position;
  if (room >= data.length) return data;
  if (room <= 0) throw posixErrors.EFBIG;
  return data.subarray(0, room);
}

function written(context: Context, acting: Acting, file: OpenFile, bytes: Buffer): number {
  noteChange(context, file, acting);
  return bytes.length;
}

function failed(context: Context, error: unknown): never {
  const failure = posixFailure(error);
  // What was removed a moment ago still takes room: the next attempt finds more.
  if (failure === posixErrors.ENOSPC) context.removed.freeNow();
  throw failure;
}

function trackWrite(file: OpenFile, write: Promise<void>): void {
  const ended = () => {
    if (file.writesUnderWay === tracked) file.writesUnderWay = null;
  };
  const before = file.writesUnderWay;
  const both = before === null ? write : Promise.allSettled([before, write]);
  const tracked: Promise<unknown> = both.then(ended, ended);
  file.writesUnderWay = tracked;
}

// The file has grown elsewhere since the kernel was told its size, so its pages of what comes now are at the wrong place.
function tellMisplaced(context: Context, file: OpenFile, position: number): void {
  if (context.references.has(file.inode)) context.observer.contentChanged(file.inode, position, 0);
}
