import type { InodeId } from '../../metadata/ids.ts';
import type { Context } from '../context.ts';
import type { Caller } from '../file-system.ts';
import { nodeOf } from '../tree-view.ts';

/** access(2), also for chdir(2). */
export function checkAccess(context: Context, caller: Caller, inode: InodeId, mask: number): void {
  context.access.check(context.actors.actingOf(caller), nodeOf(context, inode), mask);
}
