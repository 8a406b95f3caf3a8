import type { Version } from '../content/version.ts';
import type { Time } from '../metadata/node.ts';
import { tellChanged } from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import { emptyVersion, type OpenFile } from './open-file.ts';
import { posixErrors } from './posix-error.ts';
import { nodeWithContent } from './versions-apart.ts';

/** Whether the tree takes nothing of the file's author, now or later, until somebody gives him the right again. */
export function isForbidden(error: unknown): boolean {
  return error === posixErrors.EACCES || error === posixErrors.EPERM;
}

/**
 * The right to write was taken away between opening the file and publishing what was written to it. That is kept for its author, and the
 * file goes back to what everybody else sees; whoever goes on writing is told. Only in the file's turn.
 */
export async function giveUpChanges(
  context: PublishingContext,
  file: OpenFile,
  version: Version | undefined,
  mtime: Time,
): Promise<void> {
  const { rescue, content, attributes, logger } = context;
  if (rescue === undefined) return;
  file.mayNotPublish = true;
  if (version !== undefined) {
    await rescue.keepUnpublished(file.inode, version, mtime);
    // As far as the content goes it is in safety, and nothing that goes on top of the next version.
    file.content.published(version);
    const head = nodeWithContent(context, file.inode)?.heads[0] ?? null;
    const ranges = await content.adopt(fileIdOf(file.inode), head ?? emptyVersion);
    file.base = head;
    tellChanged(context, file.inode, ranges);
  }
  file.pendingMtime = null;
  file.clearsPrivileges = false;
  attributes.invalidate(file.inode);
  logger.warn(
    { inode: file.inode },
    'a change was refused, since its author may not make it any more',
  );
}
