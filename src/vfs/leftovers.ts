import type { FileId } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head } from '../metadata/node.ts';
import type { Context } from './context.ts';
import { fileIdOf, inodeOf } from './file-id.ts';
import { nodeWithContent } from './versions-apart.ts';

/** Publishes what was written before the daemon ended and that it could not tell any more. */
export function publishLeftovers(context: Context): void {
  for (const id of context.content.unpublished()) {
    try {
      publishLeftover(context, id);
    } catch (error) {
      context.logger.error(
        { inode: id, error },
        'what was written before the start is not readable',
      );
    }
  }
}

/** Publishes what was written to a file, now closed, while it had no name. It was written upon one of these versions. */
export function publishWhatIsLeft(context: Context, inode: InodeId, former: readonly Head[]): void {
  const id = fileIdOf(inode);
  if (context.content.unpublished().includes(id)) publishLeftover(context, id, former);
}

function publishLeftover(context: Context, id: FileId, former?: readonly Head[]): void {
  const node = context.replica.node(inodeOf(id));
  // One that came to nothing is kept for its author first.
  if (node === undefined && context.replica.hasRefused(inodeOf(id))) return;
  if (node === undefined) return context.content.remove(id);
  const shown = nodeWithContent(context, node.inode);
  // What was removed may come back as long as somebody does not know of that: see removed-content.ts.
  if (!shown || (shown.links === 0 && shown.departures.length === 0)) return;
  const file = context.files.acquire(node, former);
  context.publisher.changed(file);
  context.files.release(file);
}
