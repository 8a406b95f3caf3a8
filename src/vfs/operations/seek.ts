import type { Context } from '../context.ts';
import { andThen, answered } from '../failure.ts';
import { openHandle } from '../file-handle.ts';
import type { FileHandle } from '../file-system.ts';
import { seekData, seekHole } from '../flags.ts';
import { posixErrors } from '../posix-error.ts';

/** lseek(2) with SEEK_DATA or SEEK_HOLE; the kernel does the others itself. */
export function seek(
  _context: Context,
  handle: FileHandle,
  position: number,
  whence: number,
): number | Promise<number> {
  if (whence !== seekData && whence !== seekHole) throw posixErrors.EINVAL;
  const { content } = openHandle(handle).file;
  if (position < 0 || position >= content.size) throw posixErrors.ENXIO;
  const found = answered(() => content.seek(position, whence === seekData ? 'data' : 'hole'));
  return andThen(found, (at) => {
    if (at === undefined) throw posixErrors.ENXIO;
    return at;
  });
}
