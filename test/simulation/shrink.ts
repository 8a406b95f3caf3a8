import { shorten } from '../support/shorten.ts';
import type { Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import type { RunFailed } from './verdict.ts';

/** Leaves out steps as long as the run goes on to fail in the same way, for at most so long. */
export async function shrink(plan: Plan, failure: RunFailed, forMs: number): Promise<Plan> {
  const steps = await shorten(
    plan.steps,
    async (rest) => (await runPlan({ ...plan, steps: rest })).failure?.what === failure.what,
    forMs,
  );
  return { ...plan, steps };
}
