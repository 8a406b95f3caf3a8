import type { Context } from './context.ts';
import { inodeOf } from './file-id.ts';
import { timeOfMillis } from './time-source.ts';

/** Publishes what was written before the daemon ended and that it could not tell any more. */
export function publishLeftovers(context: Context): void {
  for (const id of context.content.unpublished()) {
    const node = context.replica.node(inodeOf(id));
    if (node === undefined || node.links === 0) {
      context.content.remove(id);
      continue;
    }
    const file = context.files.acquire(node);
    file.pendingMtime = timeOfMillis(file.content.changedAtMs ?? context.clock.nowMs());
    context.publisher.changed(file);
    context.files.release(file);
  }
}
