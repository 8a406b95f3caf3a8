import type { Version } from '../content/version.ts';
import type { Head, Node, Time } from '../metadata/node.ts';
import { adoptInBackground, adoptNow, mayAdopt } from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { andThen } from './failure.ts';
import { hasUnpublishedChanges, inTurn, isSameHead, type OpenFile } from './open-file.ts';
import { timeOfMillis } from './time-source.ts';

/**
 * Tells the tree what was written to a file. Throws, or rejects with, what keeps it from doing so; then nothing is lost and it may
 * be called again. A file without a name is nobody else's business and is not published.
 */
export function publishFile(context: PublishingContext, file: OpenFile): void | Promise<void> {
  return inTurn(file, () => publishNow(context, file));
}

function publishNow(context: PublishingContext, file: OpenFile): void | Promise<void> {
  if (!isNamed(context, file) || !hasUnpublishedChanges(file)) return;
  // Whoever publishes over a version that he could have had would make a conflict out of two edits that both saw.
  if (mayAdopt(context, file)) return adoptThenPublish(context, file);
  return andThen(file.content.publish(), (version) => tellTree(context, file, version));
}

function adoptThenPublish(context: PublishingContext, file: OpenFile): Promise<void> {
  return adoptNow(context, file).then(() => publishNow(context, file));
}

function tellTree(
  context: PublishingContext,
  file: OpenFile,
  version: Version | undefined,
): void | Promise<void> {
  const node = context.replica.node(file.inode);
  if (node === undefined || node.links === 0) return;
  // A version that arrived while this one was hashed.
  if (mayAdopt(context, file)) return adoptThenPublish(context, file);
  const { pendingMtime, clearsPrivileges } = file;
  // After a crash it may turn out that the bytes are those that the tree knows.
  if (version === undefined && pendingMtime === null && !clearsPrivileges) return;
  performPublication(context, file, version, pendingMtime ?? lastChange(context, file));
  if (version !== undefined) settle(context, file, version);
  // What was written since the bytes were hashed has its own time, and waits for the next publication.
  if (file.pendingMtime === pendingMtime) file.pendingMtime = null;
  if (clearsPrivileges) file.clearsPrivileges = false;
  context.attributes.invalidate(file.inode);
  tellNewTimes(context, file);
}

function performPublication(
  context: PublishingContext,
  file: OpenFile,
  version: Version | undefined,
  mtime: Time,
): void {
  const { inode, writer, base, clearsPrivileges } = file;
  const content = version ?? base;
  if (content === null) {
    const unchanged = { mode: null, uid: null, gid: null, atime: null };
    context.perform(writer, { kind: 'set-attributes', inode, ...unchanged, mtime });
    return;
  }
  context.perform(writer, {
    kind: 'set-content',
    inode,
    supersedes: base === null ? [] : [base.id],
    size: content.size,
    blockSize: content.blockSize,
    root: content.root,
    mtime,
    clearsPrivileges,
    beside: context.replica.newInode(),
  });
  file.base = headOf(context.replica.node(inode), content) ?? base;
}

function settle(context: PublishingContext, file: OpenFile, version: Version): void {
  file.content.published(version);
  const youngest = context.replica.node(file.inode)?.heads[0] ?? null;
  // Another device's clock may be ahead: then its version is the one under the name.
  if (!isSameHead(youngest, file.base)) adoptInBackground(context, file);
}

// A version of somebody else's with the same bytes would do as well.
function headOf(node: Node | undefined, version: Version): Head | undefined {
  return node?.heads.find((head) => head.size === version.size && head.root.equals(version.root));
}

// The times that the kernel was told while they were pending differ by a moment from those of the operation.
function tellNewTimes(context: PublishingContext, file: OpenFile): void {
  if (!file.pendingTimesTold) return;
  file.pendingTimesTold = false;
  if (context.references.has(file.inode)) context.observer.attributesChanged(file.inode);
}

function lastChange(context: PublishingContext, file: OpenFile): Time {
  const changedAtMs = file.content.changedAtMs;
  return changedAtMs === undefined ? context.time.now() : timeOfMillis(changedAtMs);
}

function isNamed(context: PublishingContext, file: OpenFile): boolean {
  return (context.replica.node(file.inode)?.links ?? 0) > 0;
}
