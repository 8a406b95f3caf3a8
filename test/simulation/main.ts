import { parseArgs } from 'node:util';
import type { Flavour } from '../../src/metadata/operations/operation-kind.ts';
import { type Limits, planOf } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';
import type { RunStatistics } from './simulation.ts';

// Runs one plan after the other, each from the next seed, and goes on after a failure.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    peers: { type: 'string' },
    steps: { type: 'string' },
    flavour: { type: 'string' },
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
const limitArguments = (['peers', 'steps', 'flavour'] as const)
  .flatMap((name) => (values[name] === undefined ? [] : [`--${name} ${values[name]}`]))
  .join(' ');

const startedMs = performance.now();
const endMs = startedMs + Number(values.seconds) * 1000;
const maximumRuns = Number(values.runs ?? Infinity);
const firstSeed = Number(values.seed);
const total: Record<string, number> = {};
let failures = 0;
let runs = 0;

process.on('unhandledRejection', (error) => {
  console.error(`seed ${firstSeed + runs}: nobody handled`, error);
  process.exitCode = 1;
});

for (; runs < maximumRuns && (performance.now() < endMs || runs === 0); runs += 1) {
  await runSeed(firstSeed + runs);
}
const seconds = Math.round((performance.now() - startedMs) / 1000);
console.log(`${runs} runs from seed ${firstSeed} in ${seconds} s, ${failures} failed`, total);
process.exit(failures > 0 ? 1 : Number(process.exitCode ?? 0));

async function runSeed(seed: number): Promise<void> {
  const plan = planOf(seed, limits);
  const { failure, story, statistics } = await runPlan(plan);
  add(statistics);
  if (values.story) console.log(story.join('\n'));
  if (failure === undefined) return;
  failures += 1;
  console.log(`seed ${seed} (${plan.peers} peers, ${plan.flavour}): ${failure.message}`);
  console.log(`  again: npm run simulate -- --seed ${seed} --runs 1 ${limitArguments}`);
  const forMs = Number(values['shrink-seconds']) * 1000;
  if (forMs === 0) return;
  const smaller = await shrink(plan, failure, forMs);
  const again = await runPlan(smaller);
  console.log(`  fails with ${smaller.steps.length} of ${plan.steps.length} steps too:`);
  console.log(again.story.map((line) => `    ${line}`).join('\n'));
  console.log(`  ${again.failure?.message ?? 'but not any more'}`);
}

function add(statistics: RunStatistics): void {
  for (const [name, value] of Object.entries(statistics) as [string, number][]) {
    total[name] = (total[name] ?? 0) + value;
  }
}
