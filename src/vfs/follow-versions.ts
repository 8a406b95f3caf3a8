import type { Head, Node } from '../metadata/node.ts';
import {
  adoptYoungest,
  bringYoungest,
  isCurrent,
  isOfOtherMoment,
  youngestOf,
  noteFailedAdoption,
} from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import { andThen } from './failure.ts';
import { mustStayWhole } from './passthrough/kernel-use.ts';
import { mergeWithYoungest } from './merge-versions.ts';
import { hasUnpublishedChanges, inTurn, type OpenFile } from './open-file.ts';
import { publishInTurn } from './publication.ts';
import { fetchBack, isElsewhere, isSameHead, nodeWithContent } from './versions-apart.ts';

// A file in use follows what the tree says of its content.

/**
 * Tells the tree what was written to a file. Throws, or rejects with, what keeps it from doing so; then nothing is lost and it may
 * be called again. A file without a name is nobody else's business and is not published.
 */
export function publishFile(context: PublishingContext, file: OpenFile): void | Promise<void> {
  return andThen(
    inTurn(file, () => publishInTurn(context, file)),
    () => {
      // Another device's clock may be ahead: then its version is the one under the name.
      if (!isCurrent(context, file)) followInBackground(context, file);
    },
  );
}

/** Begins to follow; tells observers which bytes changed once they are there. Fails by itself: tries again later. */
export function followInBackground(context: PublishingContext, file: OpenFile): void {
  file.uses++;
  const release = () => context.files.release(file);
  void Promise.resolve(followWhole(context, file)).then(release);
}

/** Nothing keeps it any more from taking a version that is not here as a whole. */
export function followWhenBehind(context: PublishingContext, file: OpenFile): void {
  if (!isCurrent(context, file)) followInBackground(context, file);
}

/**
 * While the kernel reads the file by itself, its next version is brought aside first, however long that takes: writers and whoever closes
 * the file do not wait for it. Never rejects.
 */
function followWhole(context: PublishingContext, file: OpenFile): void | Promise<void> {
  if (!mustStayWhole(file)) return inTurn(file, () => follow(context, file));
  const wanted = youngestOf(context, file);
  if (file.bringing === undefined || !isSameHead(file.bringing, wanted)) {
    return bringAndFollow(context, file, wanted);
  }
}

async function bringAndFollow(
  context: PublishingContext,
  file: OpenFile,
  wanted: Head | null,
): Promise<void> {
  file.bringing = wanted;
  try {
    await bringYoungest(context, file);
  } catch (error) {
    // Whoever brings a version that came meanwhile sees to it.
    if (file.bringing === wanted) retryLater(context, file, error);
    return;
  } finally {
    if (file.bringing === wanted) file.bringing = undefined;
  }
  await inTurn(file, () => follow(context, file));
}

/** A file in use whose content is the version under its name, if that can be had now. Counts a use. */
export function acquireCurrent(
  context: PublishingContext,
  node: Node,
): OpenFile | Promise<OpenFile> {
  const former = context.formerVersions.get(node.inode);
  const file = context.files.acquire(node, former);
  const isPlain = node.heads.length < 2 && node.conflictOf === null && former === undefined;
  if (isPlain && isCurrent(context, file) && !mayLackBytes(context, node)) return file;
  return arranged(context, file, node);
}

/** What stood beside another file and has nothing here. */
function mayLackBytes({ content }: PublishingContext, { inode, departedFrom }: Node): boolean {
  return departedFrom !== null && content.storedVersion(fileIdOf(inode)) === undefined;
}

async function arranged(
  context: PublishingContext,
  file: OpenFile,
  { inode, conflictOf, departedFrom }: Node,
): Promise<OpenFile> {
  // What stands, or stood, beside another file may have its bytes there still.
  const beside = conflictOf ?? departedFrom;
  const main = beside === null ? undefined : context.replica.node(beside);
  if (main !== undefined) context.files.release(await acquireCurrent(context, main));
  if (!isCurrent(context, file)) followInBackground(context, file);
  await file.turn;
  try {
    if (isCurrent(context, file)) await fetchBack(context, inode);
  } catch (error) {
    // It can be used all the same, as long as somebody has the bytes.
    noteFailedAdoption(context, file, error);
  }
  return file;
}

/** In the file's turn. Never rejects. */
async function follow(context: PublishingContext, file: OpenFile): Promise<void> {
  try {
    // What was written over a version that nobody has seen goes on from that one, not from the one that somebody else made.
    const before = nodeWithContent(context, file.inode);
    if (before === undefined) return;
    const goesOn = isElsewhere(before, file.base) && hasUnpublishedChanges(file);
    const isUnderWay = !isCurrent(context, file) && isOfOtherMoment(context, file);
    if (goesOn || isUnderWay) await publishInTurn(context, file);
    const node = nodeWithContent(context, file.inode) ?? before;
    if (await mergeWithYoungest(context, file, node)) return await publishMerged(context, file);
    await adoptYoungest(context, file);
    // A merge that had to wait for this version.
    if (file.alsoSupersedes.length > 0) await publishMerged(context, file);
  } catch (error) {
    retryLater(context, file, error);
  }
}

/** At once: until then both versions are shown. */
async function publishMerged(context: PublishingContext, file: OpenFile): Promise<void> {
  context.publishLater(file);
  await publishInTurn(context, file);
}

function retryLater(context: PublishingContext, file: OpenFile, error: unknown): void {
  noteFailedAdoption(context, file, error);
  context.clock.after(context.limits.firstRetryMs, () => {
    // A file that was closed meanwhile takes the newest version when it is opened.
    if (context.files.get(file.inode) === file) followInBackground(context, file);
  });
}
