import { join } from 'node:path';
import { conflictCalls } from '../../../src/daemon/conflict-calls.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../src/metadata/check/verify-log.ts';
import { World } from '../../support/world/world.ts';
import type { WorldPeer } from '../../support/world/world-peer.ts';
import type { Person, Scenario } from '../language/scenario.ts';
import { pathFromRoot, pathsBeside } from '../play/conflict-paths.ts';
import type { Stage } from '../play/stage.ts';
import { memoryHands } from './memory-hands.ts';

/** Noon, so that a scenario that takes a while stays within its day. */
const startMs = Date.UTC(2026, 2, 10, 12);

/** So far apart are two actions in the life of people. */
const betweenActionsMs = 1000;

/** And so far when they do not wait for each other. */
const atOnceMs = 2;

/** The scenario's folder in the tree. */
const name = 'scenario';
export const folder = `/${name}`;

/** Whole peers in this process, on a clock of their own. */
export async function openMemoryStage(scenario: Scenario): Promise<{ stage: Stage; world: World }> {
  const { cast, flavour } = scenario;
  const world = new World(cast, { flavour, startMs });
  await world.settle();
  const [first = 'alice'] = cast;
  world.peer(first).mkdir(folder);
  await world.peer(first).chmod(folder, 0o777);
  await world.settle();
  return { world, stage: memoryStage(world, scenario) };
}

function memoryStage(world: World, { cast, flavour }: Scenario): Stage {
  const callsOf = (who: Person) => conflictCalls(daemonOf(world.peer(who), flavour), () => null);
  return {
    people: cast,
    hands: (who) => memoryHands(world, who, flavour),
    nowMs: () => world.nowMs,
    uidOf: (who) => world.peer(who).who.uid,
    connect: async (groups) => world.partition(groups),
    stop: (who) => world.stop(who),
    start: async (who) => {
      if (!world.peer(who).running) world.start(who);
    },
    crash: (who) => world.crash(who, { start: false }),
    advance: (byMs) => world.advance(byMs),
    tick: async (isAtOnce) => tick(world, isAtOnce ? atOnceMs : betweenActionsMs),
    setClock: (who, aheadMs) => {
      world.peer(who).skewMs = aheadMs;
    },
    settle: () => world.settle(),
    conflicts: async (who) => pathsBeside(await callsOf(who).conflicts(), name),
    take: async (who, path) => {
      await world.finish(callsOf(who).takeInConflict(pathFromRoot(path, name)));
    },
    keepBoth: async (who, path) => {
      await world.finish(callsOf(who).keepBothInConflict(pathFromRoot(path, name)));
    },
    keptFile: (who, path) => join(world.peer(who).folder, 'rescued/files', name, path),
    check: async () => cast.flatMap((who) => problemsOf(world, who)),
  };
}

/** Time passes, and what people had planned happens, but nothing arrives anywhere. */
function tick(world: World, byMs: number): void {
  const untilMs = world.nowMs + byMs;
  while (world.clock.step(untilMs));
}

function problemsOf(world: World, who: Person): string[] {
  const { replica } = world.peer(who).run;
  return [...checkTree(replica), ...verifyLog(replica)].map(({ what }) => `${who}: ${what}`);
}

/** As much of a daemon as answers commands about conflicts. */
function daemonOf({ who, run }: WorldPeer, flavour: Scenario['flavour']): Peer {
  const identity = { flavour, certificate: { uid: who.uid } };
  return { identity, replica: run.replica, content: run.content } as unknown as Peer;
}
