import type { InodeId } from '../ids.ts';
import { timeOfStamp } from '../stamp.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import type { ApplyContext } from './operation-kind.ts';
import type { FoundEntry } from './requirements.ts';

/** Takes the name away; the node stays, and remembers where its last name was. */
export function removeName(
  tree: TreeTransaction,
  parent: InodeId,
  { name, entry }: FoundEntry,
  context: ApplyContext,
): void {
  tree.writeEntry(parent, name, undefined);
  const node = tree.readNode(entry.inode);
  if (!node) return;
  const removedFrom = tree.hasPlace(entry.inode)
    ? null
    : { parent, name: entry.wanted === '' ? name : entry.wanted };
  tree.writeNode(entry.inode, { ...node, ctime: timeOfStamp(context.stamp), removedFrom });
}
