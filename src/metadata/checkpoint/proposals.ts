import { decodeBody } from '../codec/operation-codec.ts';
import { decodeProposalRow } from '../log/device-row.ts';
import { stampFromText } from '../stamp.ts';
import { proposalRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import type { TreeKey } from '../state/tree-key.ts';
import { type Base, thresholdOf } from './base.ts';
import type { Proposal } from './verdict.ts';

/** The operations in the logs that ask for checkpoints, of which there are few. */
export class Proposals {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** In the order of their thresholds. */
  newerThan(threshold: number): Proposal[] {
    return [...this.#all()]
      .map(({ proposal }) => proposal)
      .filter(({ fields }) => fields.threshold > threshold)
      .sort((a, b) => a.fields.threshold - b.fields.threshold);
  }

  find(threshold: number, hash: Buffer): Proposal | undefined {
    for (const { proposal } of this.#all()) {
      const { fields } = proposal;
      if (fields.threshold === threshold && fields.hash.equals(hash)) return proposal;
    }
    return undefined;
  }

  /** Forgets those that were answered, but the one that the base came from. */
  dropOlder(base: Base | undefined): void {
    const keys: TreeKey[] = [];
    for (const { key, proposal } of this.#all()) {
      if (proposal.fields.threshold < thresholdOf(base)) keys.push(key);
    }
    if (keys.length === 0) return;
    this.#rows.transaction(() => {
      for (const key of keys) this.#rows.remove(key);
    });
  }

  *#all(): Generator<{ key: TreeKey; proposal: Proposal }> {
    for (const { key, value } of this.#rows.all(proposalRange)) {
      const stamp = stampFromText(key.slice(-12));
      const { sequence, body } = decodeProposalRow(value);
      const { fields } = decodeBody(body, stamp);
      if (fields.kind !== 'checkpoint') continue;
      yield { key, proposal: { author: stamp.device, sequence, fields } };
    }
  }
}
