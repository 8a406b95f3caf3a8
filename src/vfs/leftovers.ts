import type { FileId } from '../content/version.ts';
import type { Context } from './context.ts';
import { inodeOf } from './file-id.ts';
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

function publishLeftover(context: Context, id: FileId): void {
  const node = context.replica.node(inodeOf(id));
  // One that came to nothing is kept for its author first.
  if (node === undefined && context.replica.hasRefused(inodeOf(id))) return;
  if (node === undefined) return context.content.remove(id);
  const shown = nodeWithContent(context, node.inode);
  // What was removed may come back as long as somebody does not know of that: see removed-content.ts.
  if (!shown || (shown.links === 0 && shown.departures.length === 0)) return;
  const file = context.files.acquire(node);
  context.publisher.changed(file);
  context.files.release(file);
}
