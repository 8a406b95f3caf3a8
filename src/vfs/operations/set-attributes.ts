import type { InodeId } from '../../metadata/ids.ts';
import type { Node, Time } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import { removeCapability } from '../capability.ts';
import type { Context } from '../context.ts';
import { andThen, answered } from '../failure.ts';
import type { AttributeChange, Attributes, Caller } from '../file-system.ts';
import { permissionBits } from '../flags.ts';
import { withoutPrivileges } from '../mode.ts';
import { nodeOf } from '../tree-view.ts';
import { resize } from './resize.ts';

/** chmod(2), chown(2), utimensat(2), truncate(2) and ftruncate(2), also several in one. */
export function setAttributes(
  context: Context,
  caller: Caller,
  inode: InodeId,
  asked: AttributeChange,
): Attributes | Promise<Attributes> {
  const acting = context.actors.actingOf(caller);
  const change = context.actors.ownersOf(caller, asked);
  const node = nodeOf(context, inode);
  context.access.setAttributes(acting, node, change);
  const ready = answered(() => prepare(context, acting, node, change));
  return andThen(ready, () => {
    setFields(context, acting, inode, change);
    return context.attributes.of(inode);
  });
}

function prepare(
  context: Context,
  acting: Acting,
  node: Node,
  change: AttributeChange,
): void | Promise<void> {
  if (change.size !== undefined) return resize(context, acting, node, change.size, change);
  const file = context.files.get(node.inode);
  // Set-id bits that writing took away must be gone before new ones are given, or the next publication would take those too.
  if (file?.clearsPrivileges && changesMode(change)) return context.publisher.publish(file);
}

function setFields(
  context: Context,
  acting: Acting,
  inode: InodeId,
  change: AttributeChange,
): void {
  if (!changesMode(change) && change.atime === undefined && change.mtime === undefined) return;
  const node = nodeOf(context, inode);
  const mtime = timeOf(context, change.mtime);
  if (changesOwner(change) && node.type !== 'directory') removeCapability(context, acting, inode);
  context.perform(acting, {
    kind: 'set-attributes',
    inode,
    mode: modeOf(context, acting, node, change),
    uid: change.uid ?? null,
    gid: change.gid ?? null,
    atime: timeOf(context, change.atime),
    mtime,
  });
  const file = context.files.get(inode);
  // What is written but not published has the time that was set, not the one of its writing.
  if (mtime !== null && file !== undefined && file.pendingMtime !== null) {
    file.pendingMtime = mtime;
    context.attributes.invalidate(inode);
  }
}

function modeOf(
  context: Context,
  acting: Acting,
  node: Node,
  change: AttributeChange,
): number | null {
  const granted =
    change.mode === undefined
      ? node.mode
      : context.access.grantedMode(acting, change.gid ?? node.gid, change.mode & permissionBits);
  const takesPrivileges = changesOwner(change) && node.type !== 'directory';
  const mode = takesPrivileges ? withoutPrivileges(granted) : granted;
  return change.mode === undefined && mode === node.mode ? null : mode;
}

function timeOf(context: Context, time: Time | 'now' | undefined): Time | null {
  return time === 'now' ? context.replica.now() : (time ?? null);
}

function changesOwner(change: AttributeChange): boolean {
  return change.uid !== undefined || change.gid !== undefined || isEmpty(change);
}

/** What the kernel makes of chown(2) with two times -1, which counts as a change: it takes set-id bits and marks ctime. */
function isEmpty(change: AttributeChange): boolean {
  return Object.keys(change).length === 0;
}

function changesMode(change: AttributeChange): boolean {
  return change.mode !== undefined || changesOwner(change);
}
