import type { Node } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import { andThen } from '../failure.ts';
import { noteChange, takePrivileges } from '../file-change.ts';
import { openHandle } from '../file-handle.ts';
import type { AttributeChange } from '../file-system.ts';
import { acquireCurrent } from '../follow-versions.ts';
import type { OpenFile } from '../open-file.ts';
import { posixErrors } from '../posix-error.ts';

/** ftruncate(2) through a handle, else truncate(2), which has no close(2) to publish it and so is published at once. */
export function resize(
  context: Context,
  acting: Acting,
  node: Node,
  size: number,
  { handle, clearPrivileges }: AttributeChange,
): void | Promise<void> {
  checkSize(context, node, size);
  const cut = (file: OpenFile) =>
    andThen(file.content.truncate(size), () => {
      takePrivileges(context, file, acting, clearPrivileges ?? false);
      noteChange(context, file, acting);
    });
  if (handle !== undefined) return cut(writableFile(handle));
  return whileInUse(context, node, (file) =>
    andThen(cut(file), () => context.publisher.publish(file)),
  );
}

function checkSize(context: Context, node: Node, size: number): void {
  if (node.type === 'directory') throw posixErrors.EISDIR;
  if (node.type !== 'file' || size < 0) throw posixErrors.EINVAL;
  if (size > context.limits.maximumFileBytes) throw posixErrors.EFBIG;
}

function writableFile(handle: NonNullable<AttributeChange['handle']>): OpenFile {
  const { file, writable } = openHandle(handle);
  if (!writable) throw posixErrors.EINVAL;
  return file;
}

function whileInUse(
  context: Context,
  node: Node,
  work: (file: OpenFile) => void | Promise<void>,
): void | Promise<void> {
  return andThen(acquireCurrent(context, node), (file) => whileAcquired(context, file, work));
}

function whileAcquired(
  context: Context,
  file: OpenFile,
  work: (file: OpenFile) => void | Promise<void>,
): void | Promise<void> {
  const release = () => context.files.release(file);
  try {
    const result = work(file);
    if (result instanceof Promise) return result.finally(release);
  } catch (error) {
    release();
    throw error;
  }
  release();
}
