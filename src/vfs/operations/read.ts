import type { Context } from '../context.ts';
import { posixFailure } from '../failure.ts';
import { readableHandle } from '../file-handle.ts';
import type { FileHandle } from '../file-system.ts';
import { posixErrors } from '../posix-error.ts';

/** pread(2). Reading leaves the access time as it is: docs/decisions/0012-reading-leaves-no-trace.md */
export function read(
  _context: Context,
  handle: FileHandle,
  position: number,
  target: Buffer,
  signal: AbortSignal | undefined,
): number | Promise<number> {
  const { file, reader } = readableHandle(handle);
  try {
    const result = file.content.read(position, target, reader, signal);
    return result instanceof Promise ? result.catch(failedUnless(signal)) : result;
  } catch (error) {
    throw posixFailure(error);
  }
}

function failedUnless(signal: AbortSignal | undefined): (error: unknown) => never {
  return (error) => {
    throw signal?.aborted ? posixErrors.EINTR : posixFailure(error);
  };
}
