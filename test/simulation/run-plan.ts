import { checkAtTheEnd } from './final-checks.ts';
import type { Plan } from './plan.ts';
import { type RunStatistics, Simulation } from './simulation.ts';
import { takeStep } from './take-step.ts';
import { RunFailed } from './verdict.ts';

export interface RunOutcome {
  readonly failure: RunFailed | undefined;
  /** What was done and how it went, for whoever looks into a failure. */
  readonly story: readonly string[];
  readonly statistics: RunStatistics;
}

/** Plays a plan from its beginning to the end, heals everything, and looks whether all is as it must be. */
export async function runPlan(plan: Plan): Promise<RunOutcome> {
  const simulation = new Simulation(plan);
  let failure: RunFailed | undefined;
  try {
    await play(simulation);
  } catch (error) {
    failure = asFailure(error);
  }
  const statistics = simulation.statistics();
  await simulation.world[Symbol.asyncDispose]();
  return { failure, story: simulation.story, statistics };
}

async function play(simulation: Simulation): Promise<void> {
  const { plan } = simulation;
  await getAcquainted(simulation);
  for (const [index, step] of plan.steps.entries()) {
    await takeStep(simulation, step, index);
    await simulation.raiseTheDead();
    simulation.failOnComplaints();
  }
  await simulation.healAll();
  await checkAtTheEnd(simulation);
  simulation.failOnComplaints();
}

/** Everybody knows of everybody from his work: who never did anything is nobody whom others wait for. */
async function getAcquainted({ world }: Simulation): Promise<void> {
  await world.settle();
  for (const peer of world.peers) peer.mkdir(`/home of ${peer.name}`, 0o777);
  await world.settle();
}

function asFailure(error: unknown): RunFailed {
  if (error instanceof RunFailed) return error;
  if (!(error instanceof Error))
    return new RunFailed('something was thrown', JSON.stringify(error));
  // Without numbers and names, so that failures that are alike are taken for alike.
  const what = error.message.replaceAll(/\/\S+|[0-9]+/g, '…');
  return new RunFailed(what, error.stack ?? error.message);
}
