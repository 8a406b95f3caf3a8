import type { InodeId } from '../../metadata/ids.ts';
import type { Node } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import { andThen, answered, undoneOnFailure } from '../failure.ts';
import { noteChange, takePrivileges } from '../file-change.ts';
import { allowsReading, allowsWriting, OpenHandle } from '../file-handle.ts';
import type { Caller, FileHandle } from '../file-system.ts';
import { acquireCurrent } from '../follow-versions.ts';
import { truncateFlag } from '../flags.ts';
import type { OpenFile } from '../open-file.ts';
import { posixErrors } from '../posix-error.ts';
import { nodeOf } from '../tree-view.ts';

/** open(2) of a file that exists. */
export function open(
  context: Context,
  caller: Caller,
  inode: InodeId,
  flags: number,
): FileHandle | Promise<FileHandle> {
  const acting = context.actors.actingOf(caller);
  const node = nodeOf(context, inode);
  checkOpenable(node);
  context.access.open(acting, node, flags);
  return andThen(
    answered(() => acquireCurrent(context, node)),
    (file) =>
      releasing(context, file, () => {
        if ((flags & truncateFlag) === 0) return handleOf(context, file, flags, acting);
        return andThen(emptied(context, acting, file), () =>
          handleOf(context, file, flags, acting),
        );
      }),
  );
}

/** Whatever the rights: for files that were just created. */
export function openNode(
  context: Context,
  acting: Acting,
  node: Node,
  flags: number,
): OpenHandle | Promise<OpenHandle> {
  const file = answered(() => context.files.acquire(node)) as OpenFile;
  return releasing(context, file, () => handleOf(context, file, flags, acting));
}

function handleOf(
  context: Context,
  file: OpenFile,
  flags: number,
  acting: Acting,
): OpenHandle | Promise<OpenHandle> {
  const opening = { reads: allowsReading(flags), writes: allowsWriting(flags) };
  return andThen(
    answered(() => context.passthrough.enter(file, opening, acting)),
    (access) => {
      const keepCache = !context.stalePages.delete(file.inode);
      return new OpenHandle(file, flags, keepCache, access);
    },
  );
}

function checkOpenable({ type }: Node): void {
  if (type === 'file') return;
  if (type === 'directory') throw posixErrors.EISDIR;
  // The kernel opens the other types without asking.
  throw type === 'symlink' ? posixErrors.ELOOP : posixErrors.ENXIO;
}

function emptied(context: Context, acting: Acting, file: OpenFile): void | Promise<void> {
  return andThen(
    answered(() => file.content.truncate(0)),
    () => {
      takePrivileges(context, file, acting, undefined);
      noteChange(context, file, acting);
    },
  );
}

/** Whoever fails to open the file does not use it. */
function releasing<T>(
  context: Context,
  file: OpenFile,
  work: () => T | Promise<T>,
): T | Promise<T> {
  return undoneOnFailure(work, () => context.files.release(file));
}
