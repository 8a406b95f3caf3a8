import type { ByteRange } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import { inTurn, isSameHead, type OpenFile } from './open-file.ts';

// A file in use follows what the tree says of its content: the new version goes under what was written here and not published, as
// an NFS client would do, and the next publication supersedes it.

/** Begins to follow; tells observers which bytes changed once they are there. Fails by itself: tries again later. */
export function adoptInBackground(context: PublishingContext, file: OpenFile): void {
  file.uses++;
  const release = () => context.files.release(file);
  const work = inTurn(file, () => adoptNow(context, file));
  if (work instanceof Promise) void work.finally(release);
  else release();
}

/** Only in the file's turn. Afterwards the content is based on the youngest head, or `mayAdopt` says no for a while. */
export async function adoptNow(context: PublishingContext, file: OpenFile): Promise<void> {
  const head = context.replica.node(file.inode)?.heads[0];
  if (head === undefined || isSameHead(head, file.base)) return;
  try {
    const ranges = await context.content.adopt(fileIdOf(file.inode), head);
    file.base = head;
    context.attributes.invalidate(file.inode);
    tellChanged(context, file.inode, ranges);
  } catch (error) {
    retryLater(context, file, error);
  }
}

/** Whether the tree has another version than the content is based on, and it is worth trying to get there. */
export function mayAdopt(context: PublishingContext, file: OpenFile): boolean {
  const head = context.replica.node(file.inode)?.heads[0];
  if (head === undefined || isSameHead(head, file.base)) return false;
  return context.clock.monotonicMs() >= file.adoptNotBeforeMs;
}

function tellChanged(
  context: PublishingContext,
  inode: InodeId,
  ranges: readonly ByteRange[],
): void {
  if (!context.references.has(inode)) return;
  if (ranges.length === 0) return context.observer.attributesChanged(inode);
  const told =
    ranges.length > context.limits.maximumChangedRanges ? [coveringRange(ranges)] : ranges;
  for (const { position, length } of told) {
    context.observer.contentChanged(inode, position, length);
  }
}

function coveringRange(ranges: readonly ByteRange[]): ByteRange {
  let start = Number.MAX_SAFE_INTEGER;
  let end = 0;
  for (const { position, length } of ranges) {
    start = Math.min(start, position);
    end = Math.max(end, position + length);
  }
  return { position: start, length: end - start };
}

function retryLater(context: PublishingContext, file: OpenFile, error: unknown): void {
  const { clock, limits, logger } = context;
  logger.warn({ inode: file.inode, error }, 'a new version of an open file cannot be had yet');
  file.adoptNotBeforeMs = clock.monotonicMs() + limits.firstRetryMs;
  clock.after(limits.firstRetryMs, () => {
    // A file that was closed meanwhile takes the newest version when it is opened.
    if (context.files.get(file.inode) === file) adoptInBackground(context, file);
  });
}
