import { timeOfStamp } from '../stamp.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import { becomeOrdinary, leaveVersions } from '../version-rules.ts';
import type { ApplyContext } from './operation-kind.ts';
import type { FoundEntry } from './requirements.ts';

/** Takes the name away; the node stays, and remembers where its last name was. */
export function removeName(
  tree: TreeTransaction,
  { parent, name, entry }: FoundEntry,
  context: ApplyContext,
): void {
  const { inode } = entry;
  tree.writeEntry(parent, name, undefined);
  const node = tree.readNode(inode);
  if (!node) return;
  const ctime = timeOfStamp(context.stamp);
  if (tree.hasPlace(inode)) return tree.writeNode(inode, { ...node, ctime, removedFrom: null });
  const removedFrom = { parent, name: entry.wanted === '' ? name : entry.wanted };
  const left = leaveVersions(tree, { inode, node: becomeOrdinary(tree, { inode, node }) });
  tree.writeNode(inode, { ...left, ctime, removedFrom });
}
