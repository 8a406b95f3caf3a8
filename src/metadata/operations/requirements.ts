import { bringBack } from '../conflict-rules.ts';
import { departureOf, isOnlyVersion, lastInPlace, versionNode } from '../version-rules.ts';
import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { EntryRecord } from '../state/entry-record.ts';
import type { NodeRecord } from '../state/node-record.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import type { ApplyContext } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';

// What operations need to find, under names. Each refuses with the error that the same request would get.

export interface Found {
  readonly inode: InodeId;
  readonly node: NodeRecord;
}

/** The node, or what it became one with. */
export function findNode(tree: TreeTransaction, inode: InodeId): Found {
  const node = tree.readNode(inode);
  if (!node || isHiddenVersion(tree, { inode, node })) return findVersion(tree, inode, node);
  return node.mergedInto === null ? { inode, node } : findNode(tree, node.mergedInto);
}

/**
 * The node of a version that is not shown: with what was written over it since, as its own bytes may be gone. That may stand in a file
 * of its own by now, or be all that the file has.
 */
function findVersion(tree: TreeTransaction, inode: InodeId, node: NodeRecord | undefined): Found {
  const version = lastInPlace(tree, inode);
  if (!version) return node ? { inode, node } : refuse('ENOENT', 'there is no such node');
  const file = findNode(tree, version.file);
  const departure = departureOf(file.node, version.head.id);
  if (departure && departure.inode !== inode) return findNode(tree, departure.inode);
  if (isOnlyVersion(file.node, version.head)) return file;
  return { inode, node: versionNode(file, version.head, node) };
}

function isHiddenVersion(tree: TreeTransaction, { inode, node }: Found): boolean {
  return node.conflictOf !== null && !tree.hasPlace(inode);
}

/** A number that stood for a version of this file leads to the file itself, since that has no other version any more. */
export function isFileOfVersion(tree: TreeTransaction, inode: InodeId, found: Found): boolean {
  if (found.inode === inode || found.node.departedFrom !== null) return false;
  return tree.readVersion(inode) !== undefined && tree.readNode(inode)?.mergedInto == null;
}

export function findDirectory(tree: TreeTransaction, inode: InodeId): Found {
  const found = findNode(tree, inode);
  if (found.node.type !== 'directory') refuse('ENOTDIR', 'it is not a directory');
  return found;
}

/** A directory to put a name into; it is brought back when somebody removed it meanwhile. */
export function findParent(tree: TreeTransaction, inode: InodeId, context: ApplyContext): Found {
  const found = findDirectory(tree, inode);
  bringBack(tree, found, context);
  return found;
}

export interface FoundEntry {
  readonly parent: InodeId;
  readonly name: Name;
  readonly entry: EntryRecord;
}

/** The name as long as it leads to what its author saw, be it displaced by another file of that name. */
export function findEntry(
  tree: TreeTransaction,
  parent: InodeId,
  name: Name,
  inode: InodeId,
): FoundEntry {
  return (
    lookForEntry(tree, parent, name, inode) ??
    refuse('ENOENT', 'the name does not lead to what its author saw')
  );
}

export function lookForEntry(
  tree: TreeTransaction,
  parent: InodeId,
  name: Name,
  inode: InodeId,
): FoundEntry | undefined {
  const entry = tree.readEntry(parent, name);
  if (entry?.inode === inode) return { parent, name, entry };
  const actual = tree.readDisplaced(parent, name, inode);
  const displaced = actual === undefined ? undefined : tree.readEntry(parent, actual);
  if (actual === undefined || displaced?.inode !== inode) return undefined;
  return { parent, name: actual, entry: displaced };
}

/** On `lan` the machines checked already and are trusted. */
export function requireRight(context: ApplyContext, allowed: () => boolean, reason: string): void {
  if (context.flavour === 'net' && !allowed()) refuse('EACCES', reason);
}

/** As `requireRight`, for what POSIX answers with EPERM: rights that depend on ownership, not on mode bits. */
export function requireOwnership(
  context: ApplyContext,
  allowed: () => boolean,
  reason: string,
): void {
  if (context.flavour === 'net' && !allowed()) refuse('EPERM', reason);
}
