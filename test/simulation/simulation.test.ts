import { expect, test } from 'vitest';
import { planOf } from './plan.ts';
import { runPlan } from './run-plan.ts';

// A short look at what `npm run simulate` does for long.

/** So that the whole stays a matter of half a minute. */
const forMs = 25_000;

test('peers that part, do anything, crash and meet again agree, and nothing that was written is lost', async () => {
  const endMs = performance.now() + forMs;
  const total = { commands: 0, crashes: 0, undone: 0, tokens: 0 };
  for (let seed = 1; performance.now() < endMs; seed += 1) {
    const { failure, statistics } = await runPlan(planOf(seed, { steps: 80 }));
    if (failure)
      throw new Error(`npm run simulate -- --seed ${seed} --runs 1 --steps 80`, { cause: failure });
    for (const name of Object.keys(total) as (keyof typeof total)[])
      total[name] += statistics[name];
  }
  // Otherwise the runs did not try what they are for.
  expect(Math.min(...Object.values(total)), JSON.stringify(total)).toBeGreaterThan(0);
}, 60_000);

test('a run is the same whenever it is played', async () => {
  const plan = planOf(7, { peers: 3, steps: 60 });
  const { story } = await runPlan(plan);
  expect((await runPlan(plan)).story).toEqual(story);
});
