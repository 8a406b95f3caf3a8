import { rootInode, type InodeId } from './ids.ts';
import type { Name } from './name.ts';
import type { NodeType } from './node.ts';
import type { ApplyContext } from './operations/operation-kind.ts';
import { refuse } from './operations/refused-operation.ts';
import type { Found, FoundEntry } from './operations/requirements.ts';
import type { Place } from './replica.ts';
import { mayAddEntry } from './rights.ts';
import { conflictName } from './conflict-name.ts';
import { compareStamps, type Stamp } from './stamp.ts';
import type { EntryRecord } from './state/entry-record.ts';
import type { NodeRecord } from './state/node-record.ts';
import type { TreeTransaction } from './state/tree-transaction.ts';
import { sameContent } from './version-rules.ts';

// What happens when people did things at once that do not go together. Operations come in the order of their stamps: the older one
// has already happened when a rule is asked about the younger one.

/** A move that would put a directory inside itself does nothing. */
export function refuseCycle(tree: TreeTransaction, moved: InodeId, newParent: InodeId): void {
  let directory = newParent;
  while (directory !== rootInode) {
    if (directory === moved) refuse('EINVAL', 'a directory cannot be moved into itself');
    const place = tree.readPlace(directory);
    if (!place) return;
    directory = place.parent;
  }
}

/** Who comes to a name that is taken stands beside it as `name (conflict, USER, DATE).ext`: the older keeps the name. */
export function placeBeside(
  tree: TreeTransaction,
  parent: InodeId,
  name: Name,
  { inode, type }: { readonly inode: InodeId; readonly type: NodeType },
  context: ApplyContext,
): void {
  const taken = tree.readEntry(parent, name) !== undefined;
  if (!taken) return tree.writeEntry(parent, name, { inode, type, wanted: '' });
  if (!context.unseenPossible) refuse('EEXIST', 'the name is taken');
  const maker = { user: context.author.user, millis: context.stamp.millis };
  const free = conflictName(tree, parent, name, inode, maker);
  tree.writeEntry(parent, free, { inode, type, wanted: name });
}

/** Two directories created under one name become one when the younger one's author may create in the older one. */
export function directoryToBecome(
  tree: TreeTransaction,
  existing: EntryRecord | undefined,
  context: ApplyContext,
): InodeId | undefined {
  if (!context.unseenPossible || existing?.type !== 'directory') return undefined;
  const older = tree.readNode(existing.inode);
  // Otherwise what he puts into his directory would be refused, and so lost.
  const mayUseIt =
    context.flavour === 'lan' || (older !== undefined && mayAddEntry(older, context.acting));
  return mayUseIt ? existing.inode : undefined;
}

/** Two equal things that hold no content of their own, made under one name, are one: nobody is to choose between them. */
export function equalToBecome(
  tree: TreeTransaction,
  existing: EntryRecord | undefined,
  { type, target, rdev }: Pick<NodeRecord, 'type' | 'target' | 'rdev'>,
  context: ApplyContext,
): InodeId | undefined {
  if (!context.unseenPossible || existing?.type !== type) return undefined;
  const older = tree.readNode(existing.inode);
  return older?.target === target && older.rdev === rdev ? existing.inode : undefined;
}

/**
 * What somebody removed comes back, with the directories that it was in, when somebody else who had not seen that puts something into
 * it: nothing is lost because its directory or name was removed meanwhile.
 */
export function bringBack(tree: TreeTransaction, found: Found, context: ApplyContext): void {
  const lost: Found[] = [];
  for (let next = found; !tree.hasPlace(next.inode);) {
    if (!context.unseenPossible) refuse('ENOENT', 'it was removed');
    lost.push(next);
    next = formerParent(tree, next.node);
  }
  for (const each of lost.reverse()) {
    const { parent, name } = formerPlace(tree, each.node);
    placeBeside(tree, parent, name, { inode: each.inode, type: each.node.type }, context);
  }
}

function formerParent(tree: TreeTransaction, node: NodeRecord): Found {
  const { parent } = formerPlace(tree, node);
  const record = tree.readNode(parent) ?? refuse('ENOENT', 'its directory never was');
  return { inode: parent, node: record };
}

/** A version that was never shown, or is not any more, belongs beside its file. */
function formerPlace(tree: TreeTransaction, node: NodeRecord): Place {
  if (node.removedFrom !== null) return node.removedFrom;
  const file = node.conflictOf ?? refuse('ENOENT', 'it never had a name');
  const [place] = tree.readPlaces(file);
  return place ?? tree.readNode(file)?.removedFrom ?? refuse('ENOENT', 'its file never had a name');
}

/**
 * The younger of two moves of one thing wins, wherever the older one put it; and a move of what was removed meanwhile brings it back
 * under the new name. Undefined for what has no name now.
 */
export function whereItIsNow(
  tree: TreeTransaction,
  moved: Found,
  context: ApplyContext,
): FoundEntry | undefined {
  if (!context.unseenPossible) refuse('ENOENT', 'the name does not lead to what its author saw');
  const [place, ...others] = tree.readPlaces(moved.inode);
  if (place === undefined) return undefined;
  if (others.length > 0) refuse('ENOENT', 'which of its names was moved meanwhile cannot be told');
  const entry = tree.readEntry(place.parent, place.name);
  return entry && { ...place, entry };
}

/** An edit that its author did not see keeps a file from being removed or replaced, unless it stays under another name. */
export function isKeptByUnseenEdit(
  tree: TreeTransaction,
  { inode, node }: Found,
  seen: Stamp | null,
): boolean {
  const [shown] = node.heads;
  if (shown === undefined) return false;
  const known = node.heads.find(({ id }) => seen !== null && compareStamps(id, seen) === 0);
  if (known !== undefined && sameContent(known, shown)) return false;
  return tree.readPlaces(inode).length <= 1;
}

/** A rename replaces what its author saw under the new name, a directory only while it is empty. */
export function mayReplace(
  tree: TreeTransaction,
  moved: NodeType,
  target: EntryRecord,
  context: ApplyContext,
): boolean {
  const problem = replaceProblem(tree, moved, target);
  if (problem !== undefined && !context.unseenPossible) {
    refuse(problem, 'this cannot be replaced by that');
  }
  return problem === undefined;
}

function replaceProblem(
  tree: TreeTransaction,
  moved: NodeType,
  target: EntryRecord,
): 'ENOTDIR' | 'EISDIR' | 'ENOTEMPTY' | undefined {
  const isDirectory = target.type === 'directory';
  if (moved === 'directory' && !isDirectory) return 'ENOTDIR';
  if (moved !== 'directory' && isDirectory) return 'EISDIR';
  return isDirectory && !tree.isEmpty(target.inode) ? 'ENOTEMPTY' : undefined;
}
