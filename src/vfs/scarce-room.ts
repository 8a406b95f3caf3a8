import type { OperationFields } from '../metadata/operation.ts';
import { posixErrors } from './posix-error.ts';

/** Whether what is left of the disk is for those who make room. */
export interface Room {
  readonly isScarce: boolean;
}

/** They remove something, or tell of what has its room already. */
const frugal: ReadonlySet<OperationFields['kind']> = new Set([
  'unlink',
  'remove-directory',
  'remove-xattr',
  'settle',
  'set-attributes',
  'set-content',
]);

/** Does a change with what room there is. Throws ENOSPC for one that people can do without until there is more. */
export function withRoom(room: Room, { kind }: OperationFields, perform: () => void): void {
  if (!frugal.has(kind)) {
    if (room.isScarce) throw posixErrors.ENOSPC;
    return perform();
  }
  try {
    perform();
  } catch (error) {
    if (error !== posixErrors.ENOSPC) throw error;
    // Nothing has happened, and what was kept for this is there now.
    perform();
  }
}
