import type { Name } from '../metadata/name.ts';
import type { Acting } from '../metadata/operation.ts';
import type { Context } from './context.ts';
import { withoutPrivileges } from './mode.ts';
import type { OpenFile } from './open-file.ts';

export const capabilityXattr = 'security.capability' as Name;

/** The file's bytes were changed by somebody: its times and its publication follow. */
export function noteChange(context: Context, file: OpenFile, acting: Acting): void {
  file.pendingMtime = context.time.now();
  file.writer = acting;
  context.attributes.invalidate(file.inode);
  context.publisher.changed(file);
}

/**
 * Whoever changes a program must not leave it with the rights of somebody else. Capabilities go with every change; set-id bits only
 * when `clearsMode`, that is, when the writer has no privilege to keep them.
 */
export function takePrivileges(
  context: Context,
  file: OpenFile,
  acting: Acting,
  clearsMode: boolean,
): void {
  if (!file.mayHavePrivileges || file.clearsPrivileges) return;
  const node = context.replica.node(file.inode);
  if (node === undefined) return;
  const hasMode = withoutPrivileges(node.mode) !== node.mode;
  const hasCapability = context.replica.xattr(file.inode, capabilityXattr) !== undefined;
  if (clearsMode && (hasMode || hasCapability)) {
    file.clearsPrivileges = true;
    context.attributes.invalidate(file.inode);
  } else if (hasCapability) {
    context.perform(acting, { kind: 'remove-xattr', inode: file.inode, name: capabilityXattr });
  }
  // A later writer without the privilege to keep set-id bits still has to look.
  file.mayHavePrivileges = hasMode && !clearsMode;
}
