import type { Head, Node } from '../metadata/node.ts';
import { type Stamp, stampToText } from '../metadata/stamp.ts';
import { tellChanged } from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import type { OpenFile } from './open-file.ts';
import type { Publication } from './recent-publications.ts';
import { isApart, isSameHead } from './versions-apart.ts';

// Two people who are connected publish one file within the same moment, neither having the other's version. That is no conflict: on a
// file server the writes would have gone into one file. Who published the older version lays what he changed over the younger one.

/** Versions that are looked at on the way from one version to what it was made from. */
const maximumAncestors = 64;

/**
 * Lays what was published here a moment ago over the youngest version, as a change that is to be published; false when the two were not
 * made in the same moment by people in touch, or that cannot be done any more: then they stay apart. Only in the file's turn.
 */
export async function mergeWithYoungest(
  context: PublishingContext,
  file: OpenFile,
  node: Node,
): Promise<boolean> {
  const [youngest] = node.heads;
  const { base } = file;
  if (youngest === undefined || base === null || !isApart(node, base)) return false;
  const own = publicationsSinceCommon(context, file, youngest);
  const [first] = own;
  if (first === undefined || !context.inTouch(youngest.id, first.sinceMs)) return false;
  const id = fileIdOf(file.inode);
  const ranges = await context.content.merge(id, youngest, first.base);
  if (ranges === undefined) return false;
  file.alsoSupersedes = [...file.alsoSupersedes, base.id];
  file.base = youngest;
  file.timesBefore = null;
  file.changedSinceMs = Math.min(first.sinceMs, file.changedSinceMs ?? Infinity);
  file.writer = own.at(-1)?.writer ?? file.writer;
  file.pendingMtime ??= context.replica.now();
  context.attributes.invalidate(file.inode);
  tellChanged(context, file.inode, ranges);
  return true;
}

/** Own publications up to what the content is based on, from the last version that the youngest one was made from too. */
function publicationsSinceCommon(
  context: PublishingContext,
  { inode, base }: OpenFile,
  youngest: Head,
): readonly Publication[] {
  const recent = context.recentPublications.of(inode);
  if (!isSameHead(recent.at(-1)?.head ?? null, base)) return [];
  const ancestors = ancestorsOf(context, youngest.id);
  const start = recent.findLastIndex((one) => ancestors.has(stampToText(one.base.id)));
  return start < 0 ? [] : recent.slice(start);
}

function ancestorsOf({ replica }: PublishingContext, version: Stamp): ReadonlySet<string> {
  const found = new Set<string>();
  const next = [version];
  for (const stamp of next) {
    for (const before of replica.versionsBefore(stamp) ?? []) {
      if (found.size >= maximumAncestors) return found;
      if (found.has(stampToText(before))) continue;
      found.add(stampToText(before));
      next.push(before);
    }
  }
  return found;
}
