import { ContentUnavailable } from '../content-store.ts';
import type { FileState } from './file-state.ts';

/** What was waited for belongs to a version that the tree has left: who had its bytes may have overwritten them already. */
export class NewerVersion extends ContentUnavailable {}

/**
 * Work in the file's turn that may have to wait for bytes. When another version comes meanwhile, that gets its turn first, and the work
 * begins again.
 */
export async function inTurnUntilDone<T>(state: FileState, work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await state.turns.take(work);
    } catch (error) {
      if (!(error instanceof NewerVersion)) throw error;
    }
  }
}
