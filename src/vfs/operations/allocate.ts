import type { Context } from '../context.ts';
import { andThen, answered } from '../failure.ts';
import { noteChange, takePrivileges } from '../file-change.ts';
import { writableHandle } from '../file-handle.ts';
import type { Caller, FileHandle } from '../file-system.ts';
import { keepSize, punchHole, zeroRange } from '../flags.ts';
import type { OpenFile } from '../open-file.ts';
import { posixErrors } from '../posix-error.ts';

/** fallocate(2). The kernel refuses to collapse and insert ranges in FUSE file systems, and asks for no other mode than these. */
export function allocate(
  context: Context,
  caller: Caller,
  handle: FileHandle,
  mode: number,
  position: number,
  length: number,
): void | Promise<void> {
  const { file } = writableHandle(handle);
  if (position < 0 || length <= 0) throw posixErrors.EINVAL;
  if (position + length > context.limits.maximumFileBytes) throw posixErrors.EFBIG;
  const acting = context.actors.actingOf(caller);
  return andThen(
    answered(() => change(file, mode, position, length)),
    () => {
      // Also where it changed no byte: disks date it then too.
      takePrivileges(context, file, acting, undefined);
      noteChange(context, file, acting);
    },
  );
}

function change(
  file: OpenFile,
  mode: number,
  position: number,
  length: number,
): void | Promise<void> {
  const grows = (mode & keepSize) === 0;
  switch (mode & ~keepSize) {
    case 0:
      return file.content.allocate(position, length, grows);
    case punchHole:
      if (grows) throw posixErrors.EOPNOTSUPP;
      return file.content.punchHole(position, length);
    case zeroRange:
      return andThen(file.content.punchHole(position, length), () =>
        file.content.allocate(position, length, grows),
      );
    default:
      throw posixErrors.EOPNOTSUPP;
  }
}
