import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import { posixFailure } from '../failure.ts';
import { noteChange, takePrivileges } from '../file-change.ts';
import { readableHandle, writableHandle, type OpenHandle } from '../file-handle.ts';
import type { Caller, FileHandle } from '../file-system.ts';
import { posixErrors } from '../posix-error.ts';

/** Bytes copied in one step: one request to peers when they are not here yet. */
const stepBytes = 1024 * 1024;

/**
 * copy_file_range(2) without a way through the kernel, which has refused a target with O_APPEND. May copy less than asked, as the call
 * may; 0 only at the source's end.
 */
export async function copyRange(
  context: Context,
  caller: Caller,
  from: FileHandle,
  fromPosition: number,
  to: FileHandle,
  toPosition: number,
  length: number,
): Promise<number> {
  const source = readableHandle(from);
  const target = writableHandle(to);
  if (overlaps(source, fromPosition, target, toPosition, length)) throw posixErrors.EINVAL;
  const wanted = withinLimits(context, source, fromPosition, toPosition, length);
  if (wanted <= 0) return 0;
  const acting = context.actors.actingOf(caller);
  return copy(context, acting, source, fromPosition, target, toPosition, wanted);
}

function overlaps(
  source: OpenHandle,
  fromPosition: number,
  target: OpenHandle,
  toPosition: number,
  length: number,
): boolean {
  return source.file === target.file && Math.abs(fromPosition - toPosition) < length;
}

function withinLimits(
  { limits }: Context,
  source: OpenHandle,
  fromPosition: number,
  toPosition: number,
  length: number,
): number {
  const available = Math.min(length, source.file.content.size - fromPosition);
  if (available > 0 && toPosition >= limits.maximumFileBytes) throw posixErrors.EFBIG;
  return Math.min(available, limits.maximumFileBytes - toPosition, limits.maximumCopyBytes);
}

async function copy(
  context: Context,
  acting: Acting,
  source: OpenHandle,
  fromPosition: number,
  target: OpenHandle,
  toPosition: number,
  length: number,
): Promise<number> {
  let copied = 0;
  try {
    while (copied < length) {
      const [from, to] = [fromPosition + copied, toPosition + copied];
      const inKernel = target.file.content.copyFrom(source.file.content, from, to, length - copied);
      const step = await (inKernel ?? copyPiece(source, from, target, to, length - copied));
      if (step === 0) break;
      copied += step;
    }
  } catch (error) {
    // What was copied is answered; the next call meets the failure again if it lasts.
    if (copied === 0) throw posixFailure(error);
  }
  if (copied === 0) return 0;
  takePrivileges(context, target.file, acting, undefined);
  noteChange(context, target.file, acting);
  return copied;
}

/** Of bytes that are not here yet, or of a file that somebody is changing at this moment. */
async function copyPiece(
  source: OpenHandle,
  from: number,
  target: OpenHandle,
  to: number,
  length: number,
): Promise<number> {
  const piece = Buffer.allocUnsafe(Math.min(length, stepBytes));
  const read = await source.file.content.read(from, piece, source.reader);
  if (read > 0) await target.file.content.write(to, piece.subarray(0, read));
  return read;
}
