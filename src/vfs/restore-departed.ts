import type { InodeId } from '../metadata/ids.ts';
import type { Departure, Head, Node } from '../metadata/node.ts';
import { compareStamps } from '../metadata/stamp.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import { acquireCurrent } from './follow-versions.ts';
import { hasUnpublishedChanges, inTurn, type OpenFile } from './open-file.ts';
import { publishInTurn } from './publication.ts';
import type { Publication } from './recent-publications.ts';

// Two versions that were made in the same moment by people in touch become one: see merge-versions.ts. In that moment somebody may have
// made a file of its own of the one whose bytes went into the other. Nobody has them any more; who wrote them gives that file what they
// became part of.

/** The tree says of versions of the file that they stand in files of their own. */
export function restoreDeparted(
  context: PublishingContext,
  before: Node | null,
  after: Node,
): void {
  if (after.departures.length === 0) return;
  const own = context.recentPublications.of(after.inode);
  for (const departure of after.departures) {
    const publication = own.find(({ head }) => compareStamps(head.id, departure.version) === 0);
    const isKnown =
      before?.departures.some(({ version }) => version === departure.version) ?? false;
    if (publication !== undefined && !isKnown) {
      void restore(context, after, departure, publication);
    }
  }
}

/** Never rejects. */
async function restore(
  context: PublishingContext,
  node: Node,
  departure: Departure,
  publication: Publication,
): Promise<void> {
  try {
    const file = await acquireCurrent(context, node);
    try {
      await inTurn(file, () => restoreInTurn(context, file, departure, publication));
    } finally {
      context.files.release(file);
    }
  } catch (error) {
    const { inode } = departure;
    context.logger.warn({ inode, error }, 'a version that became a file has not its bytes');
  }
}

async function restoreInTurn(
  context: PublishingContext,
  file: OpenFile,
  { inode }: Departure,
  { head, writer }: Publication,
): Promise<void> {
  if (!isLacking(context, inode, head)) return;
  await publishInTurn(context, file);
  const { base } = file;
  if (base === null || hasUnpublishedChanges(file) || !isLacking(context, inode, head)) return;
  // Nobody asked for it, so that whoever has that file open is told.
  const refusal = context.replica.perform(writer, {
    kind: 'set-content',
    inode,
    supersedes: [head.id],
    size: base.size,
    blockSize: base.blockSize,
    root: base.root,
    mtime: context.replica.now(),
    clearsPrivileges: false,
    beside: context.replica.newInode(),
  });
  if (refusal !== undefined) throw new Error(refusal.reason);
  await context.content.adopt(fileIdOf(inode), base);
  await context.content.clone(fileIdOf(file.inode), base, fileIdOf(inode));
}

/** It shows that version alone, whose bytes are not here. */
function isLacking({ replica, files }: PublishingContext, inode: InodeId, { id }: Head): boolean {
  const node = replica.node(inode);
  const [shown, ...others] = node?.heads ?? [];
  if (node === undefined || shown === undefined || others.length > 0) return false;
  if (compareStamps(shown.id, id) !== 0) return false;
  const file = files.acquire(node);
  const isHere = file.content.isResident(0, shown.size);
  files.release(file);
  return !isHere;
}
