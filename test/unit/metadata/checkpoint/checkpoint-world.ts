import { canonicalTree } from '../../../../src/metadata/check/canonical-tree.ts';
import { checkTree } from '../../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../../src/metadata/check/verify-log.ts';
import type { CheckpointLimits } from '../../../../src/metadata/checkpoint/limits.ts';
import { deliver, type TestHome, type World } from '../../../support/replica-world.ts';

// Replicas that fold early, and what is asked of them.

const dayMs = 24 * 60 * 60 * 1000;

export const earlyLimits: CheckpointLimits = {
  expiryMs: 30 * dayMs,
  minimumOperations: 5,
  operationsPerRow: 0,
  lookEveryMs: 1000,
  acknowledgeAfterMs: 60_000,
  granularityMs: 1000,
  forgetAfterMs: 90 * dayMs,
};

export const minuteMs = 60_000;

/** Lets everybody hear everything, acknowledge it, and fold what can be folded. */
export async function foldTogether(world: World, homes: readonly TestHome[], rounds = 6) {
  for (let round = 0; round < rounds; round += 1) {
    await meet(homes);
    world.clock.advance(2 * minuteMs);
    await settle(homes);
  }
  await meet(homes);
  await settle(homes);
}

/** Everybody gets what the others have, as far as they have it still. */
export async function meet(homes: readonly TestHome[]): Promise<void> {
  for (const from of homes) {
    for (const to of homes) if (from !== to) await deliver(from, to);
  }
}

export async function settle(homes: readonly TestHome[]): Promise<void> {
  for (const { replica } of homes) await replica.parts.checkpoints.idle();
}

export function thresholdOf({ replica }: TestHome): number | null {
  return replica.parts.checkpoints.status.threshold;
}

export function treeOf({ replica }: TestHome): string[] {
  return [...canonicalTree(replica.parts.tree.rows)].map(
    ({ key, value }) => `${Buffer.from(key, 'latin1').toString('hex')} ${value.toString('hex')}`,
  );
}

export function problemsOf({ replica }: TestHome): unknown[] {
  return [...checkTree(replica), ...verifyLog(replica)];
}
