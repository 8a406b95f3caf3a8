import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Node } from '../../metadata/node.ts';
import type { Acting } from '../../metadata/operation.ts';
import { mayOwnNew } from '../../metadata/rights.ts';
import type { Context } from '../context.ts';
import { andThen, answered, undoneOnFailure } from '../failure.ts';
import type { Attributes, Caller, CreatedFile } from '../file-system.ts';
import { hasUnpublishedChanges, type OpenFile } from '../open-file.ts';
import { posixErrors } from '../posix-error.ts';
import { dropNameless } from '../nameless-files.ts';
import { checkAlive, directoryOf } from '../tree-view.ts';
import { beginningOf } from './create-node.ts';
import { openNode } from './open.ts';

/** open(2) with O_TMPFILE. Counts a reference. The directory lends what new files begin with. */
export function createNameless(
  context: Context,
  caller: Caller,
  parent: InodeId,
  mode: number,
  flags: number,
): CreatedFile | Promise<CreatedFile> {
  const acting = context.actors.actingOf(caller);
  const directory = directoryOf(context, parent);
  checkAlive(directory);
  context.access.addEntry(acting, directory);
  const node = newNode(context, caller, directory, mode);
  const { inode } = node;
  context.nameless.add(node);
  context.references.add(inode);
  const openIt = (): CreatedFile | Promise<CreatedFile> =>
    andThen(openNode(context, acting, node, flags), (handle) => ({
      attributes: context.attributes.of(inode),
      handle,
    }));
  return undoneOnFailure(openIt, () => {
    context.references.remove(inode, 1);
    dropNameless(context, inode);
  });
}

function newNode(context: Context, caller: Caller, directory: Node, mode: number): Node {
  const fresh = { type: 'file', mode, rdev: 0, target: '' } as const;
  const { inherits, ...beginning } = beginningOf(context, caller, directory, fresh);
  const now = context.replica.now();
  return {
    ...{ inode: context.replica.newInode(), type: 'file', rdev: 0, target: '' },
    ...{ ...beginning, accessList: inherits ?? null, defaultList: null },
    ...{ atime: now, mtime: now, ctime: now, links: 0 },
    ...{ heads: [], conflictOf: null, mergedInto: null, departures: [], departedFrom: null },
  };
}

/** linkat(2) of such a file. Its bytes are ready before the name is there: nobody sees it with less than it had. */
export function giveName(
  context: Context,
  caller: Caller,
  node: Node,
  directory: Node,
  name: Name,
): Attributes | Promise<Attributes> {
  const file = context.files.acquire(node);
  const release = () => context.files.release(file);
  try {
    const named = andThen(
      answered(() => file.content.publish()),
      () =>
        andThen(enter(context, caller, file, directory.inode, name), () =>
          context.attributes.of(file.inode),
        ),
    );
    if (named instanceof Promise) return named.finally(release);
    release();
    return named;
  } catch (error) {
    release();
    throw error;
  }
}

function enter(
  context: Context,
  caller: Caller,
  file: OpenFile,
  parent: InodeId,
  name: Name,
): void | Promise<void> {
  // While its bytes were hashed, somebody may have been faster.
  if (context.replica.entry(parent, name) !== undefined) throw posixErrors.EEXIST;
  const directory = directoryOf(context, parent);
  checkAlive(directory);
  const former = context.nameless.take(file.inode);
  if (former === undefined) throw posixErrors.ENOENT;
  const acting = context.actors.actingOf(caller);
  try {
    create(context, caller, acting, former.node, directory, name);
  } catch (error) {
    context.nameless.putBack(former);
    throw error;
  }
  const { inode, atime, mtime } = former.node;
  for (const [attribute, value] of former.xattrs) {
    context.perform(acting, { kind: 'set-xattr', inode, name: attribute, value });
  }
  const unchanged = { mode: null, uid: null, gid: null };
  context.perform(acting, { kind: 'set-attributes', inode, ...unchanged, atime, mtime });
  context.references.add(inode);
  context.attributes.invalidate(inode);
  if (!hasUnpublishedChanges(file)) return;
  context.publisher.changed(file);
  return context.publisher.publish(file);
}

function create(
  context: Context,
  caller: Caller,
  acting: Acting,
  { inode, mode, uid, gid, accessList }: Node,
  directory: Node,
  name: Name,
): void {
  const mayKeep = context.access.isKernels || mayOwnNew(directory, acting, { uid, gid });
  context.perform(acting, {
    ...{ kind: 'create', inode, parent: directory.inode, name, type: 'file' },
    ...{ mode, uid, gid: mayKeep ? gid : context.actors.groupOf(caller), rdev: 0, target: '' },
    ...(accessList && { inherits: accessList }),
  });
}
