import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Context } from '../context.ts';
import { andThen, undoneOnFailure } from '../failure.ts';
import type { Caller, CreatedFile } from '../file-system.ts';
import { exclusiveFlag } from '../flags.ts';
import { posixErrors } from '../posix-error.ts';
import { nodeOf, searchedDirectory } from '../tree-view.ts';
import { createNode } from './create-node.ts';
import { open, openNode } from './open.ts';

/** open(2) with O_CREAT. */
export function create(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  mode: number,
  flags: number,
): CreatedFile | Promise<CreatedFile> {
  const existing = context.replica.entry(parent, name);
  if (existing === undefined) return createAndOpen(context, caller, parent, name, mode, flags);
  searchedDirectory(context, context.actors.actingOf(caller), parent, name);
  if (flags & exclusiveFlag) throw posixErrors.EEXIST;
  return andThen(open(context, caller, existing.inode, flags), (handle) => {
    context.references.add(existing.inode);
    return { attributes: context.attributes.of(existing.inode), handle };
  });
}

function createAndOpen(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  mode: number,
  flags: number,
): CreatedFile | Promise<CreatedFile> {
  const fresh = { type: 'file', mode, rdev: 0, target: '' } as const;
  const attributes = createNode(context, caller, parent, name, fresh);
  const { inode } = attributes;
  const openIt = (): CreatedFile | Promise<CreatedFile> => {
    const acting = context.actors.actingOf(caller);
    // The mode counts from the next open on: a file may be made read-only and written by its maker.
    const opening = openNode(context, acting, nodeOf(context, inode), flags);
    return andThen(opening, (handle) => ({ attributes, handle }));
  };
  return undoneOnFailure(openIt, () => context.references.remove(inode, 1));
}
