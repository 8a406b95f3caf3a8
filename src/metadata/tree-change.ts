import type { InodeId } from './ids.ts';
import type { Name } from './name.ts';
import type { Node } from './node.ts';

/**
 * What became different in the visible tree. Merges tell the difference between before and after, once per thing, however often
 * operations were undone and redone in between.
 */
export type TreeChange =
  /** The name leads elsewhere now: `before` and `after` are null where there is none. */
  | {
      readonly kind: 'entry';
      readonly parent: InodeId;
      readonly name: Name;
      readonly before: InodeId | null;
      readonly after: InodeId | null;
    }
  /** Mode, owner, times, link count, xattrs, or heads (compare the two). `before` is null for a new node. */
  | {
      readonly kind: 'node';
      readonly before: Node | null;
      readonly after: Node;
    };
