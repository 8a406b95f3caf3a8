import { ContentUnavailable } from '../content/content-store.ts';
import type { ByteRange } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head } from '../metadata/node.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import { emptyVersion, hasUnpublishedBytes, type OpenFile } from './open-file.ts';
import { mustStayWhole } from './passthrough/kernel-use.ts';
import { isSameHead, keepBytes, nodeWithContent } from './versions-apart.ts';

/** Whoever writes so long after a version was made and has not heard of it did not write in the same moment. */
const momentMs = 10_000;

/**
 * The youngest version goes under what was written here and not published, as an NFS client would do it, and the next publication
 * supersedes it. What is here of the version before gets a place of its own where the tree shows that elsewhere. Only in the file's turn.
 */
export async function adoptYoungest(context: PublishingContext, file: OpenFile): Promise<void> {
  const node = nodeWithContent(context, file.inode);
  const head = node?.heads[0] ?? null;
  if (node === undefined || isSameHead(head, file.base)) return;
  if (file.base !== null) await keepBytes(context, file.inode, node, file.base);
  const id = fileIdOf(file.inode);
  if (mustStayWhole(file)) await bringSoon(context, file);
  const ranges = await context.content.adopt(id, head ?? emptyVersion);
  file.base = head;
  file.timesBefore = null;
  context.attributes.invalidate(file.inode);
  tellChanged(context, file.inode, ranges);
}

export function youngestOf(context: PublishingContext, { inode }: OpenFile): Head | null {
  return nodeWithContent(context, inode)?.heads[0] ?? null;
}

/** Resolves when what differs in the youngest version is on this disk, beside the bytes that are still the file's. */
export async function bringYoungest(
  context: PublishingContext,
  file: OpenFile,
  signal?: AbortSignal,
): Promise<void> {
  const head = youngestOf(context, file);
  if (isSameHead(head, file.base)) return;
  const number = fileIdOf(head?.beside ?? file.inode);
  const version = head ?? emptyVersion;
  await context.content.bringAside(fileIdOf(file.inode), version, number, signal);
}

/** In the file's turn, where writers wait. */
async function bringSoon(context: PublishingContext, file: OpenFile): Promise<void> {
  const late = new AbortController();
  const cancel = context.clock.after(context.limits.bringAsideMs, () =>
    late.abort(new ContentUnavailable('no peer was quick enough')),
  );
  try {
    await bringYoungest(context, file, late.signal);
  } finally {
    cancel();
  }
}

/** Not again before a while has passed. */
export function noteFailedAdoption(
  { clock, limits, logger }: PublishingContext,
  file: OpenFile,
  error: unknown,
): void {
  logger.warn({ inode: file.inode, error }, 'a new version of an open file cannot be had yet');
  file.adoptNotBeforeMs = clock.monotonicMs() + limits.firstRetryMs;
}

/** Whether the tree has another version than the content is based on, and it is worth trying to get there. */
export function mayAdopt(context: PublishingContext, file: OpenFile): boolean {
  if (isCurrent(context, file)) return false;
  return context.clock.monotonicMs() >= file.adoptNotBeforeMs;
}

/**
 * Whether that version's author may have seen something else than what was written here: who was away brings what he made in a day, and
 * would find of it only what was not written to in the moment of his return. What is from before the start is not known byte by byte.
 */
export function isOfOtherMoment(context: PublishingContext, file: OpenFile): boolean {
  const youngest = youngestOf(context, file);
  if (youngest === null || !hasUnpublishedBytes(file)) return false;
  const sinceMs = file.changedSinceMs ?? -Infinity;
  return !context.inTouch(youngest.id, sinceMs) || isMadeLongBefore(context, youngest, sinceMs);
}

/** A link that is up may have much to bring before what was done last. */
function isMadeLongBefore(
  { clock, replica }: PublishingContext,
  { id }: Head,
  sinceMs: number,
): boolean {
  const agoMs = clock.monotonicMs() - sinceMs;
  return id.millis < replica.now().seconds * 1000 - agoMs - momentMs;
}

/** The content is based on the version that the tree shows under the file's name. */
export function isCurrent(context: PublishingContext, file: OpenFile): boolean {
  const node = nodeWithContent(context, file.inode);
  return node === undefined || isSameHead(node.heads[0] ?? null, file.base);
}

export function tellChanged(
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
