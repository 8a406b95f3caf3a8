import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Flavour } from '../../src/metadata/operations/operation-kind.ts';
import { type Limits, type Plan, planOf } from './plan.ts';
import { runPlan, type RunOutcome } from './run-plan.ts';
import { shrink } from './shrink.ts';

// Runs one plan after the other, each from the next seed, and goes on after a failure.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    peers: { type: 'string' },
    steps: { type: 'string' },
    flavour: { type: 'string' },
    /** Plays this one, as written down when it failed. */
    plan: { type: 'string' },
    /** For so long a failing run is made smaller. */
    'shrink-seconds': { type: 'string', default: '60' },
    story: { type: 'boolean', default: false },
  },
});

const limits: Limits = {
  ...(values.peers !== undefined && { peers: Number(values.peers) }),
  ...(values.steps !== undefined && { steps: Number(values.steps) }),
  ...(values.flavour !== undefined && { flavour: values.flavour as Flavour }),
};
const total: Record<string, number> = {};
let failures = 0;

const firstSeed = Number(values.seed);
const startedMs = performance.now();
if (values.plan !== undefined) await playWrittenPlan(values.plan);
else await playSeeds();
process.exit(failures > 0 ? 1 : 0);

async function playWrittenPlan(path: string): Promise<void> {
  const { failure } = await play(JSON.parse(readFileSync(path, 'utf8')) as Plan);
  console.log(failure?.message ?? 'nothing fails');
}

async function playSeeds(): Promise<void> {
  const endMs = startedMs + Number(values.seconds) * 1000;
  let runs = 0;
  while (runs < Number(values.runs) && (performance.now() < endMs || runs === 0)) {
    const seed = firstSeed + runs;
    runs += 1;
    const plan = planOf(seed, limits);
    const { failure } = await play(plan);
    if (failure === undefined) continue;
    console.log(`seed ${seed} (${plan.peers} peers, ${plan.flavour}): ${failure.message}`);
    console.log(`  again: npm run simulate -- --seed ${seed} --runs 1 ${limitArguments()}`);
    if (Number(values['shrink-seconds']) > 0) await tellSmaller(plan, failure);
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`${runs} runs from seed ${firstSeed} in ${seconds} s, ${failures} failed`, total);
}

async function play(plan: Plan): Promise<RunOutcome> {
  const outcome = await runPlan(plan);
  for (const [name, value] of Object.entries(outcome.statistics)) {
    total[name] = (total[name] ?? 0) + value;
  }
  if (values.story) console.log(outcome.story.join('\n'));
  if (outcome.failure !== undefined) failures += 1;
  return outcome;
}

async function tellSmaller(plan: Plan, failure: NonNullable<RunOutcome['failure']>): Promise<void> {
  const smaller = await shrink(plan, failure, Number(values['shrink-seconds']) * 1000);
  const again = await runPlan(smaller);
  const path = join(tmpdir(), `peerfuse-simulation-${plan.seed}.json`);
  writeFileSync(path, JSON.stringify(smaller));
  console.log(`  fails with ${smaller.steps.length} of ${plan.steps.length} steps too:`);
  console.log(again.story.map((line) => `    ${line}`).join('\n'));
  console.log(`  ${again.failure?.message ?? 'but not any more'}`);
  console.log(`  again: npm run simulate -- --plan ${path}`);
}

function limitArguments(): string {
  return (['peers', 'steps', 'flavour'] as const)
    .flatMap((name) => (values[name] === undefined ? [] : [`--${name} ${values[name]}`]))
    .join(' ');
}
