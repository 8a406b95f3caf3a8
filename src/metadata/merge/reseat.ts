import { decodeBody } from '../codec/operation-codec.ts';
import type { Operation } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import { decodeApplied, encodeApplied } from '../state/applied-record.ts';
import { Overlay } from '../state/overlay.ts';
import { TreeTransaction } from '../state/tree-transaction.ts';
import { stampFromText } from '../stamp.ts';
import type { CommittedTree } from '../tables/committed-tree.ts';
import { appliedKey, appliedRange } from '../tables/global-key.ts';
import type { Replacement } from '../tables/replacement.ts';
import type { Rows } from '../tables/rows.ts';
import type { OwnRefusals } from './own-refusals.ts';
import type { Pace, Sliced } from './pace.ts';

/** Another beginning of the tree, which what is younger is done again on. */
export interface Reseat {
  /** Makes the replacement what it is to begin with. */
  readonly prepare: (replacement: Replacement) => Sliced<void>;
  /** Operations up to this stamp, as text, are in it or have no place in it. */
  readonly after: string;
  /** What is written together with the switch to the new tree. */
  readonly atSwitch: (next: NextTree) => void;
  /** Before anything else happens to the new tree. */
  readonly afterSwitch: () => void;
}

/** A tree in the moment before it is served. */
export interface NextTree {
  readonly tree: CommittedTree;
  /** Does an operation of this machine in it, the youngest of all, by the rules for an author who may not have seen all. */
  readonly perform: (operation: Operation) => Refusal | { readonly body: Buffer };
}

/** Operations done again between two looks at the time. */
const redoneAtOnce = 64;

interface Redoing {
  readonly apply: (trace: TreeTransaction, operation: Operation) => Refusal | undefined;
  readonly refusals: OwnRefusals;
}

/** Does again what is applied to the tree that is served, also what is performed meanwhile: nothing is left when this returns. */
export function* redoAfter(
  after: string,
  served: Rows,
  replacement: Replacement,
  { apply, refusals }: Redoing,
  pace: Pace,
): Sliced<void> {
  for (let last = appliedKey(after); ;) {
    const page = served.after(last, appliedRange, redoneAtOnce);
    if (page.length === 0) return;
    const overlay = new Overlay(replacement.tree);
    for (const { key, value } of page) {
      const { body, refused } = decodeApplied(value);
      const operation = decodeBody(body, stampFromText(key.slice(-12)));
      const trace = new TreeTransaction(overlay, operation.stamp);
      const refusal = apply(trace, operation);
      overlay.changes.set(key, encodeApplied(trace, refusal?.code, body));
      refusals.note(overlay, operation, body, refusal, refused !== undefined);
      last = key;
    }
    replacement.take(overlay);
    yield* pace.rest();
  }
}
