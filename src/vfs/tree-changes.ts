import type { InodeId } from '../metadata/ids.ts';
import type { Node } from '../metadata/node.ts';
import type { OperationFields } from '../metadata/operation.ts';
import type { TreeChange } from '../metadata/tree-change.ts';
import type { Context } from './context.ts';
import { followInBackground } from './follow-versions.ts';
import { publishWhatIsLeft } from './leftovers.ts';
import { mustStayWhole } from './passthrough/kernel-use.ts';
import { hasUnpublishedChanges } from './open-file.ts';
import { restoreDeparted } from './restore-departed.ts';
import { isSameHead } from './versions-apart.ts';

/**
 * Follows the tree. What a request of this file system does (`request`), the kernel knows already; of everything else the observers
 * are told, as far as the kernel has ever heard of the inode.
 */
export function followTree(
  context: Context,
  changes: readonly TreeChange[],
  request: OperationFields | undefined,
): void {
  for (const change of changes) {
    const ownRequest = request !== undefined && isAskedFor(request, change);
    if (change.kind === 'entry') {
      if (!ownRequest) tellEntry(context, change);
    } else {
      context.attributes.invalidate(change.after.inode);
      if (change.after.type === 'file') forgetPrivileges(context, change.after.inode);
      if (!ownRequest) followNode(context, change.before, change.after);
      if (change.after.type === 'file') followLinks(context, change.before, change.after);
    }
  }
}

/** A new version of one file may be that of another, and change what stands beside it: of that the kernel knows nothing. */
function isAskedFor(request: OperationFields, change: TreeChange): boolean {
  if (request.kind !== 'set-content') return true;
  return change.kind !== 'entry' && change.after.inode === request.inode;
}

function forgetPrivileges(context: Context, inode: InodeId): void {
  const file = context.files.get(inode);
  if (file !== undefined) file.mayHavePrivileges = true;
}

function tellEntry(context: Context, change: TreeChange & { kind: 'entry' }): void {
  if (!context.references.has(change.parent)) return;
  const gone = change.after === null ? change.before : null;
  context.observer.entryChanged(change.parent, change.name, gone);
}

function followNode(context: Context, before: Node | null, after: Node): void {
  const youngest = after.heads[0] ?? null;
  const hasNewContent = !isSameHead(before?.heads[0] ?? null, youngest);
  const file = context.files.get(after.inode);
  context.arrangements.consider(before, after);
  restoreDeparted(context, before, after);
  if (file !== undefined) file.mayNotPublish = false;
  if (file !== undefined && !isSameHead(file.base, youngest)) {
    file.content.stopWaiting();
    if (before !== null && mustStayWhole(file)) file.timesBefore ??= before;
    followInBackground(context, file);
  }
  if (!context.references.has(after.inode)) return;
  if (hasNewContent && file === undefined) context.stalePages.add(after.inode);
  // With new content of a file in use, the notice follows once the new bytes can be read.
  if (!hasNewContent || file === undefined) context.observer.attributesChanged(after.inode);
}

function followLinks(context: Context, before: Node | null, after: Node): void {
  if (after.links === 0) return context.removed.consider(after.inode);
  if (before?.links !== 0) return;
  // It has a name again: what was written while it had none is everybody's business.
  const file = context.files.get(after.inode);
  if (file === undefined) publishWhatIsLeft(context, after.inode, before.heads);
  else if (hasUnpublishedChanges(file)) context.publisher.changed(file);
}
