import { ContentUnavailable, MergePending } from '../content/content-store.ts';
import type { Version } from '../content/version.ts';
import type { Time } from '../metadata/node.ts';
import type { Stamp } from '../metadata/stamp.ts';
import { adoptYoungest, isOfOtherMoment, mayAdopt, noteFailedAdoption } from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { withoutPrivileges } from './mode.ts';
import { hasUnpublishedChanges, type OpenFile } from './open-file.ts';
import { giveUpChanges, isForbidden } from './refused-publication.ts';
import { timeOfMillis } from './time-of-millis.ts';
import { departureOf, headOf, isElsewhere, nodeWithContent } from './versions-apart.ts';

/**
 * Tells the tree what was written to a file, if anything was. Only in the file's turn. Throws, or rejects with, what keeps it from
 * doing so.
 */
export function publishInTurn(context: PublishingContext, file: OpenFile): void | Promise<void> {
  if (!isNamed(context, file) || !hasUnpublishedChanges(file)) return;
  if (goesUnder(context, file)) return adoptThenPublish(context, file);
  const asOfMs = context.clock.monotonicMs();
  const version = file.content.publish();
  if (!(version instanceof Promise)) return tellTree(context, file, version, asOfMs);
  return version.then(
    (made) => tellTree(context, file, made, asOfMs),
    (error: unknown) => publishAgain(context, file, error),
  );
}

/**
 * What was waited for may be gone because another version came meanwhile, which goes under what was written here. Or it is too early:
 * the changes are safe here, and the publisher tries again.
 */
function publishAgain(
  context: PublishingContext,
  file: OpenFile,
  error: unknown,
): void | Promise<void> {
  if (error instanceof ContentUnavailable && goesUnder(context, file)) {
    return adoptThenPublish(context, file);
  }
  if (!(error instanceof MergePending)) throw error;
  context.publishLater(file);
}

/**
 * Whoever publishes over a version that he could have had would make a conflict out of two edits of people in touch. Unless what he wrote
 * upon stands beside it already: then it is that which his edit goes on from.
 */
function goesUnder(context: PublishingContext, file: OpenFile): boolean {
  const node = nodeWithContent(context, file.inode);
  if (node === undefined || isElsewhere(node, file.base)) return false;
  return mayAdopt(context, file) && !isOfOtherMoment(context, file);
}

/** When the other version cannot be had now, what was written is published beside it. */
async function adoptThenPublish(context: PublishingContext, file: OpenFile): Promise<void> {
  try {
    await adoptYoungest(context, file);
  } catch (error) {
    noteFailedAdoption(context, file, error);
  }
  await publishInTurn(context, file);
}

function tellTree(
  context: PublishingContext,
  file: OpenFile,
  version: Version | undefined,
  asOfMs: number,
): void | Promise<void> {
  if (!isNamed(context, file)) return;
  // A version that arrived while this one was hashed.
  if (goesUnder(context, file)) return adoptThenPublish(context, file);
  const { pendingMtime, clearsPrivileges } = file;
  // After a crash it may turn out that the bytes are those that the tree knows.
  if (version === undefined && pendingMtime === null && !clearsPrivileges) {
    return noteToldUntil(file, asOfMs);
  }
  const mtime = pendingMtime ?? lastChange(context, file);
  try {
    performPublication(context, file, version, mtime);
  } catch (error) {
    if (!isForbidden(error) || context.rescue === undefined) throw error;
    return giveUpChanges(context, file, version, mtime).then(() => {
      throw error;
    });
  }
  if (version !== undefined) file.content.published(version);
  noteToldUntil(file, asOfMs);
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
  const { inode, writer, base, clearsPrivileges, changedSinceMs } = file;
  const sinceMs = changedSinceMs ?? -Infinity;
  const content = version ?? base;
  // A version of the same bytes would stand against one that somebody else wrote meanwhile, who may have overwritten them.
  const isSame = version === undefined && !clearsPrivileges && file.alsoSupersedes.length === 0;
  if (content === null || isSame) {
    const mode = clearsPrivileges ? modeWithoutPrivileges(context, file) : null;
    const unchanged = { uid: null, gid: null, atime: null };
    context.perform(writer, { kind: 'set-attributes', inode, mode, ...unchanged, mtime });
    return;
  }
  context.perform(writer, {
    kind: 'set-content',
    inode,
    supersedes: supersededBy(context, file),
    size: content.size,
    blockSize: content.blockSize,
    root: content.root,
    mtime,
    clearsPrivileges,
    beside: context.replica.newInode(),
  });
  const head = headOf(context, nodeWithContent(context, inode), content);
  if (head !== undefined && base !== null)
    context.recentPublications.add(inode, { base, head, writer, sinceMs });
  file.alsoSupersedes = [];
  file.base = head ?? base;
  file.timesBefore = null;
}

function noteToldUntil(file: OpenFile, atMs: number): void {
  file.changedSinceMs = file.content.dirty ? atMs : null;
}

/** Of an empty file: a writer who may not change its mode cannot, and the bits go with the first byte. */
function modeWithoutPrivileges(
  context: PublishingContext,
  { inode, writer }: OpenFile,
): number | null {
  const node = nodeWithContent(context, inode);
  if (node === undefined) return null;
  const mode = withoutPrivileges(node.mode);
  try {
    context.access.setAttributes(writer, node, { mode });
    return mode;
  } catch {
    return null;
  }
}

/** The first is the one that it was written over, and goes where that is: when the file is gone, where what was merged into it is. */
function supersededBy(context: PublishingContext, file: OpenFile): Stamp[] {
  const { base, alsoSupersedes } = file;
  if (base === null) return [];
  const node = nodeWithContent(context, file.inode);
  const isGone = node !== undefined && node.links === 0;
  const departed = alsoSupersedes.filter((id) => isGone && departureOf(node, id) !== undefined);
  return [...new Set([...departed, base.id, ...alsoSupersedes])];
}

// The times that the kernel was told while they were pending differ by a moment from those of the operation.
function tellNewTimes(context: PublishingContext, file: OpenFile): void {
  if (!file.pendingTimesTold) return;
  file.pendingTimesTold = false;
  if (context.references.has(file.inode)) context.observer.attributesChanged(file.inode);
}

function lastChange(context: PublishingContext, file: OpenFile): Time {
  const changedAtMs = file.content.changedAtMs;
  return changedAtMs === undefined ? context.replica.now() : timeOfMillis(changedAtMs);
}

/** Whether what was written to the file is anybody else's business. */
export function isNamed(context: PublishingContext, file: OpenFile): boolean {
  const node = nodeWithContent(context, file.inode);
  // What goes on from a version that stood beside it goes on where that is.
  if (node === undefined) return false;
  const isMerged = (): boolean =>
    file.alsoSupersedes.some((id) => departureOf(node, id) !== undefined);
  return node.links > 0 || isElsewhere(node, file.base) || isMerged();
}
