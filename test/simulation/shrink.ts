import type { Plan, Step } from './plan.ts';
import { runPlan } from './run-plan.ts';
import type { RunFailed } from './verdict.ts';

/** Leaves out steps as long as the run goes on to fail in the same way, for at most so long. */
export async function shrink(plan: Plan, failure: RunFailed, forMs: number): Promise<Plan> {
  const endMs = performance.now() + forMs;
  const stillFails = async (steps: readonly Step[]): Promise<boolean> =>
    (await runPlan({ ...plan, steps })).failure?.what === failure.what;
  let steps = plan.steps;
  for (let size = Math.ceil(steps.length / 2); size >= 1;) {
    let shorter = false;
    for (let at = 0; at < steps.length && performance.now() < endMs;) {
      const rest = [...steps.slice(0, at), ...steps.slice(at + size)];
      if (rest.length < steps.length && (await stillFails(rest))) {
        steps = rest;
        shorter = true;
      } else at += size;
    }
    if (performance.now() >= endMs) break;
    if (size === 1 && !shorter) break;
    size = Math.max(1, shorter && size === 1 ? 1 : Math.floor(size / 2));
  }
  return { ...plan, steps };
}
