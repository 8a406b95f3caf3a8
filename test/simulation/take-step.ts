import { Chance } from '../support/world/chance.ts';
import type { WorldPeer } from '../support/world/world-peer.ts';
import type { Action } from './action.ts';
import { chooseCommands } from './choose-commands.ts';
import type { Step } from './plan.ts';
import { chanceOf, type Simulation } from './simulation.ts';
import { workAlone } from './work-alone.ts';

/** How often whoever got a message has done all that follows from it before the next arrives. */
const quietAfterMessage = 0.7;

type Steps = {
  readonly [K in Step['kind']]: (
    simulation: Simulation,
    step: Extract<Step, { kind: K }>,
    index: number,
  ) => Promise<void> | void;
};

const steps: Steps = {
  act: (simulation, { who, action }, index) => act(simulation, simulation.peer(who), action, index),
  solo: (simulation, { who, actions }, index) =>
    workAlone(simulation, simulation.peer(who), actions, index),
  deliver: async ({ world }, { count, seed }) => {
    const chance = new Chance(seed);
    for (let delivered = 0; delivered < count; delivered += 1) {
      if (!world.wires.deliverAny(chance)) return;
      if (chance.happens(quietAfterMessage)) await world.quiet();
    }
  },
  misbehave: ({ world }, { how, seed }) => world.wires.misbehave(new Chance(seed), how),
  few: ({ world }, { turns }) => world.few(turns),
  pass: ({ world }, { ms }) => world.pass(ms),
  advance: ({ world }, { ms }) => world.advance(ms),
  partition: ({ world }, { groups }) => world.partition(named(world.peers, groups)),
  heal: ({ world }) => world.heal(),
  settle: ({ world }) => world.settle(),
  offline: (simulation, { who }) => simulation.world.offline(simulation.peer(who).name),
  online: (simulation, { who }) => simulation.world.online(simulation.peer(who).name),
  restart: (simulation, { who }) => restart(simulation, simulation.peer(who)),
  crash: (simulation, { who }, index) => {
    const peer = simulation.peer(who);
    simulation.noteCrash(`${index}: ${peer.name} is killed`);
    simulation.diskOf(peer).disarm();
    return simulation.world.crash(peer.name);
  },
  jump: (simulation, { who, skewMs }) => simulation.setClock(simulation.peer(who), skewMs),
  arm: (simulation, step, index) =>
    simulation.diskOf(simulation.peer(step.who)).arm(step, chanceOf(simulation.plan, index)),
};

export async function takeStep(simulation: Simulation, step: Step, index: number): Promise<void> {
  const quietly: ReadonlySet<Step['kind']> = new Set(['act', 'solo', 'crash']);
  if (!quietly.has(step.kind)) simulation.story.push(`${index}: ${JSON.stringify(step)}`);
  const take = steps[step.kind] as (
    simulation: Simulation,
    step: Step,
    index: number,
  ) => Promise<void> | void;
  await take(simulation, step, index);
}

async function act(
  simulation: Simulation,
  peer: WorldPeer,
  action: Action,
  index: number,
): Promise<void> {
  for (const command of chooseCommands(peer, action, `[${index} ${peer.name}]`)) {
    if ((await simulation.do(peer, command, index)) !== undefined) return;
  }
}

/** It may die while it stops. What breaks while it starts leaves nothing that could be told from not having started. */
async function restart(simulation: Simulation, peer: WorldPeer): Promise<void> {
  const disk = simulation.diskOf(peer);
  try {
    await simulation.world.stop(peer.name);
  } catch (error) {
    if (!disk.isDead) throw error;
  }
  if (disk.isDead) return;
  disk.disarm();
  simulation.world.start(peer.name);
}

function named(peers: readonly WorldPeer[], groups: readonly number[]): string[][] {
  return [0, 1, 2].map((group) =>
    peers.filter((_, index) => groups[index % groups.length] === group).map(({ name }) => name),
  );
}
