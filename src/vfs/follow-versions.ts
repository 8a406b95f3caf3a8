import type { Node } from '../metadata/node.ts';
import { adoptYoungest, isCurrent, noteFailedAdoption } from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { andThen } from './failure.ts';
import { mergeWithYoungest } from './merge-versions.ts';
import { hasUnpublishedChanges, inTurn, type OpenFile } from './open-file.ts';
import { publishInTurn } from './publication.ts';
import { fetchBack, isApart, nodeWithContent } from './versions-apart.ts';

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
  void Promise.resolve(inTurn(file, () => follow(context, file))).then(release);
}

/** A file in use whose content is the version under its name, if that can be had now. Counts a use. */
export function acquireCurrent(
  context: PublishingContext,
  node: Node,
): OpenFile | Promise<OpenFile> {
  const former = context.formerVersions.get(node.inode);
  const file = context.files.acquire(node, former);
  if (node.heads.length < 2 && node.conflictOf === null && former === undefined) return file;
  return arranged(context, file, node);
}

async function arranged(
  context: PublishingContext,
  file: OpenFile,
  { inode, conflictOf }: Node,
): Promise<OpenFile> {
  // What stands beside another file may have its bytes there still.
  const main = conflictOf === null ? undefined : context.replica.node(conflictOf);
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
    const node = nodeWithContent(context, file.inode);
    if (node === undefined) return;
    if (await mergeWithYoungest(context, file, node)) return await publishMerged(context, file);
    // What was written over a version that nobody has seen goes on from that one, not from the one that somebody else made.
    if (isApart(node, file.base) && hasUnpublishedChanges(file)) await publishInTurn(context, file);
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
