import { expect, test } from 'vitest';
import type { Limits } from './plan.ts';
import { planOf } from './plan.ts';
import { runPlan } from './run-plan.ts';

// A short look at what `npm run simulate` does for long. The seeds are always the same, so that it fails for a reason alone.

/** A third of a minute on two cores. */
const seeds = 16;

const limits: Limits = { steps: 60 };

test('peers that part, do anything, crash and meet again agree, and nothing that was written is lost', async () => {
  const total = { commands: 0, crashes: 0, undone: 0, conflicts: 0, folded: 0, tokens: 0 };
  const failures: string[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { failure, statistics } = await runPlan(planOf(seed, limits));
    const again = `npm run simulate -- --seed ${seed} --runs 1 --steps ${limits.steps}`;
    if (failure) failures.push(`${again}\n${failure.message}`);
    for (const name of Object.keys(total) as (keyof typeof total)[]) {
      total[name] += statistics[name];
    }
  }
  expect(failures.join('\n\n')).toBe('');
  // Otherwise the runs did not try what they are for.
  expect(Math.min(...Object.values(total)), JSON.stringify(total)).toBeGreaterThan(0);
}, 240_000);

test('a run is the same whenever it is played', async () => {
  const plan = planOf(7, { peers: 3, steps: 60 });
  const { story } = await runPlan(plan);
  expect((await runPlan(plan)).story).toEqual(story);
});
