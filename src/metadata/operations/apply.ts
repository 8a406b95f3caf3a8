import type { Acting, Operation } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import { kindOf } from './kinds.ts';
import type { ApplyContext, Author, Members } from './operation-kind.ts';
import { refuse, RefusedOperation } from './refused-operation.ts';

/**
 * The fold: what the operation makes of the tree at its place in the order. Depends on nothing else than its arguments, so that all
 * peers come to the same tree. A refused operation has changed nothing.
 */
export function applyOperation(
  tree: TreeTransaction,
  operation: Operation,
  { flavour, authorOf }: Members,
  unseenPossible: boolean,
): Refusal | undefined {
  const { fields, stamp } = operation;
  try {
    const author = authorOf(stamp.device);
    const acting = actingOf(operation.acting, author, flavour);
    const context: ApplyContext = { flavour, author, authorOf, acting, stamp, unseenPossible };
    kindOf(fields).apply(tree, fields, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof RefusedOperation)) throw error;
    tree.rollBack();
    return error.refusal;
  }
}

/** On `net` a device acts for the user that its certificate names, who is in his own group; nobody takes more by claiming it. */
function actingOf(claimed: Acting, author: Author, flavour: Members['flavour']): Acting {
  if (flavour === 'lan') return claimed;
  if (claimed.uid !== author.uid) refuse('EPERM', 'acts for somebody else than its author');
  return { uid: author.uid, gids: [author.uid] };
}
