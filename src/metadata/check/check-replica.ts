import type { DeviceId } from '../../identity/ids.ts';
import type { LocalReplica } from '../local-replica.ts';
import { Pace, type Sliced } from '../merge/pace.ts';
import type { Frontier } from '../replica.ts';
import { inodeFromText, restOfKey } from '../state/tree-key.ts';
import { waitingRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { checkTreeInSlices } from './check-tree.ts';
import type { Problem } from './problem.ts';
import { verifyLogInSlices } from './verify-log.ts';

/**
 * Looks at the whole tree and at the logs that it follows from, as they are now, while requests are answered and change them. What
 * comes from peers meanwhile waits. Rejects when the replica is closed before it is done.
 */
export async function checkReplica(replica: LocalReplica): Promise<Problem[]> {
  let problems: Problem[] | undefined;
  await replica.parts.merger.alone(function* () {
    problems = yield* lookAt(replica);
  });
  if (problems === undefined) throw new Error('closed before the check was done');
  return problems;
}

function* lookAt(replica: LocalReplica): Sliced<Problem[]> {
  const { integrator, sealer, logs, options, tree } = replica.parts;
  const pace = new Pace(options.clock);
  const kept = yield* integrator.keepTree(pace);
  try {
    sealer.seal();
    const counts = replica.counts();
    const until = untilWhatWaits(logs.frontier(), tree.rows);
    const ofTree = yield* checkTreeInSlices(kept.tree, counts, pace);
    const ofLogs = yield* verifyLogInSlices(replica, { rows: kept.tree.rows, until }, pace);
    return [...ofTree, ...ofLogs];
  } finally {
    kept.abandon();
  }
}

/** What is logged and waits has no effect yet. */
function untilWhatWaits(logged: Frontier, rows: Rows): Frontier {
  const until = new Map(logged);
  for (const { key } of rows.all(waitingRange)) {
    const device = inodeFromText(restOfKey(key), 0) as number as DeviceId;
    const before = inodeFromText(restOfKey(key), 8) - 1;
    until.set(device, Math.min(until.get(device) ?? 0, before));
  }
  return until;
}
