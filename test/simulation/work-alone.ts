import type { WorldPeer } from '../support/world/world-peer.ts';
import type { Action } from './action.ts';
import { chooseCommands } from './choose-commands.ts';
import { type Command, describeCommand } from './command.ts';
import { plainEntries, PlainTree } from './plain-tree.ts';
import type { Simulation } from './simulation.ts';
import { difference, RunFailed } from './verdict.ts';

/** Everybody is brought together, one works alone, and a plain model says what all must see afterwards. */
export async function workAlone(
  simulation: Simulation,
  peer: WorldPeer,
  actions: readonly Action[],
  index: number,
): Promise<void> {
  const { world } = simulation;
  simulation.story.push(`${index}: all meet, and ${peer.name} works alone`);
  await simulation.healAll();
  const model = new PlainTree(await simulation.tree(peer), peer.who.uid);
  for (const [count, action] of actions.entries()) {
    // Files of one content that were made apart become one: a plain model knows nothing of that.
    if (action.kind === 'write-same') continue;
    const token = `[${index}${String(count).padStart(3, '0')} ${peer.name}]`;
    for (const command of chooseCommands(peer, action, token)) {
      const code = await simulation.do(peer, command, index);
      // What the power took is nowhere, and the model knows nothing of bytes that are not there.
      if (code === 'EIO' && simulation.mayLackBytes) continue;
      compareOutcome(model, command, code);
    }
  }
  await world.settle();
  await compareTrees(simulation, model, peer);
}

function compareOutcome(model: PlainTree, command: Command, code: string | undefined): void {
  // A model that knew all about rights would be another implementation of them.
  if (code === 'EACCES' || code === 'EPERM') return;
  if (model.apply(command) === (code === undefined)) return;
  const outcome = `${describeCommand(command)} ended with ${code ?? 'success'}`;
  throw new RunFailed('the model disagrees', outcome);
}

async function compareTrees(
  simulation: Simulation,
  model: PlainTree,
  worker: WorldPeer,
): Promise<void> {
  const expected = model.entries().map((entry) => JSON.stringify(entry));
  for (const peer of simulation.world.peers) {
    const entries = plainEntries(await simulation.tree(peer));
    const shown = entries.map((entry) => JSON.stringify(entry));
    if (shown.join('\n') === expected.join('\n')) continue;
    throw new RunFailed(
      'the model disagrees',
      `at ${peer.name} after ${worker.name} worked alone ${difference(expected, shown)}`,
    );
  }
}
