import { bringBack } from '../conflict-rules.ts';
import { nodeOfVersion } from '../version-rules.ts';
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

/** The node, or the directory that it became one with. */
export function findNode(tree: TreeTransaction, inode: InodeId): Found {
  const node = tree.readNode(inode) ?? nodeOfVersion(tree, inode);
  if (!node) return refuse('ENOENT', 'there is no such node');
  return node.mergedInto === null ? { inode, node } : findNode(tree, node.mergedInto);
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
