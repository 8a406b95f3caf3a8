import type { InodeId } from '../../metadata/ids.ts';
import type { Node } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import { andThen, answered } from '../failure.ts';
import { noteChange, takePrivileges } from '../file-change.ts';
import { OpenHandle } from '../file-handle.ts';
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
    (file) => {
      const handle = handleOf(context, file, flags);
      return (flags & truncateFlag) === 0 ? handle : emptied(context, acting, handle);
    },
  );
}

/** Whatever the rights: for files that were just created. */
export function openNode(context: Context, node: Node, flags: number): OpenHandle {
  const file = answered(() => context.files.acquire(node)) as OpenFile;
  return handleOf(context, file, flags);
}

function handleOf(context: Context, file: OpenFile, flags: number): OpenHandle {
  const keepCache = !context.stalePages.delete(file.inode);
  return new OpenHandle(file, flags, keepCache);
}

function checkOpenable({ type }: Node): void {
  if (type === 'file') return;
  if (type === 'directory') throw posixErrors.EISDIR;
  // The kernel opens the other types without asking.
  throw type === 'symlink' ? posixErrors.ELOOP : posixErrors.ENXIO;
}

function emptied(
  context: Context,
  acting: Acting,
  handle: OpenHandle,
): FileHandle | Promise<FileHandle> {
  const { file } = handle;
  const opened = () => {
    takePrivileges(context, file, acting, undefined);
    noteChange(context, file, acting);
    return handle;
  };
  const failed = (error: unknown): never => {
    context.files.release(file);
    throw error;
  };
  try {
    const result = answered(() => andThen(file.content.truncate(0), opened));
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}
