import type { Acting } from '../metadata/operation.ts';
import { removeCapability } from './capability.ts';
import type { Context } from './context.ts';
import { withoutPrivileges } from './mode.ts';
import type { OpenFile } from './open-file.ts';

/** The file's bytes were changed by somebody: its times and its publication follow. */
export function noteChange(context: Context, file: OpenFile, acting: Acting): void {
  file.pendingMtime = context.replica.now();
  file.writer = acting;
  context.attributes.invalidate(file.inode);
  context.publisher.changed(file);
  if (hasNothingToHash(file)) void context.publisher.publish(file);
}

/** An empty file that never had content: what the tree learns of it are times, which had better not change later. */
function hasNothingToHash(file: OpenFile): boolean {
  return file.base === null && file.turn === null && !file.content.dirty;
}

/** With the next publication; a file without a name has none. */
function clearPrivileges(context: Context, file: OpenFile, acting: Acting, mode: number): void {
  const { inode } = file;
  context.attributes.invalidate(inode);
  if (!context.nameless.has(inode)) {
    file.clearsPrivileges = true;
    return;
  }
  const unchanged = { uid: null, gid: null, atime: null, mtime: null };
  const cleared = withoutPrivileges(mode);
  context.perform(acting, { kind: 'set-attributes', inode, ...unchanged, mode: cleared });
}

/**
 * Whoever changes a program must not leave it with the rights of somebody else. Capabilities go with every change; set-id bits only
 * when the writer has no privilege to keep them, of which `told` is what the kernel says.
 */
export function takePrivileges(
  context: Context,
  file: OpenFile,
  acting: Acting,
  told: boolean | undefined,
): void {
  if (!file.mayHavePrivileges) return;
  const clearsMode = context.access.takesSetId(acting, told);
  const mode = context.nameless.node(file.inode)?.mode ?? 0;
  const hasSetId = withoutPrivileges(mode) !== mode;
  removeCapability(context, acting, file.inode);
  if (clearsMode && hasSetId) clearPrivileges(context, file, acting, mode);
  // A later writer without the privilege to keep set-id bits still has to look.
  file.mayHavePrivileges = hasSetId && !clearsMode;
}
