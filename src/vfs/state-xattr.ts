import { collisionWith } from '../conflicts/collision.ts';
import type { Name } from '../metadata/name.ts';
import type { Node } from '../metadata/node.ts';
import type { Context } from './context.ts';

// What a file's state is, for programs and file managers: read-only, and there only when there is something to say.

export const stateXattr = 'user.peerfuse.state' as Name;

/** Nobody else may give attributes of such names. */
const ownPrefix = 'user.peerfuse.';

export function isOwnXattr(name: Name): boolean {
  return name.startsWith(ownPrefix);
}

/**
 * `conflict` for versions of one file that were made apart and for things that were given one name apart; undefined for the rest, and
 * for what is neither file nor directory.
 */
export function stateOf({ replica }: Context, node: Node): 'conflict' | undefined {
  // Only these have attributes of users.
  if (node.type !== 'file' && node.type !== 'directory') return undefined;
  if (node.conflictOf !== null || node.heads.length > 1) return 'conflict';
  const isDisputed = replica
    .placesOf(node.inode)
    .some((place) => collisionWith(replica, place) !== undefined);
  return isDisputed ? 'conflict' : undefined;
}
