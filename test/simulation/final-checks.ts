import { checkTree } from '../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../src/metadata/check/verify-log.ts';
import type { FileId } from '../../src/content/version.ts';
import { rowsFromLogs, rowsOf } from '../support/world/same-trees.ts';
import type { DescribedEntry } from '../support/world/tree.ts';
import type { WorldPeer } from '../support/world/world-peer.ts';
import type { Simulation } from './simulation.ts';
import { difference, RunFailed } from './verdict.ts';

/** All that must be true when everybody is back and nobody has anything more to say. Throws what is not. */
export async function checkAtTheEnd(simulation: Simulation): Promise<void> {
  const { world, ledger } = simulation;
  const [first, ...others] = world.peers;
  if (first === undefined) return;
  for (const peer of world.peers) checkTalk(peer);
  const rows = rowsOf(first.run.replica);
  for (const peer of others) {
    expectSame(`the rows of ${peer.name} differ`, rows, rowsOf(peer.run.replica));
  }
  const shown = await simulation.tree(first);
  for (const peer of others) {
    const theirs = await simulation.tree(peer);
    expectSame(`what ${peer.name} shows differs`, lines(shown), lines(theirs));
  }
  for (const peer of world.peers) await checkPeer(simulation, peer);
  const missing = ledger.missing(shown.map(({ text }) => text));
  if (missing.length > 0) throw new RunFailed('work was lost', `\n${missing.join('\n')}`);
}

function checkTalk({ run, name }: WorldPeer): void {
  const { replica, fileSystem, synchroniser } = run;
  if (replica.unsealed > 0) throw new RunFailed('operations stay unsealed', name);
  if (fileSystem.unpublishedFiles > 0) throw new RunFailed('files stay unpublished', name);
  if (!synchroniser.isSynced())
    throw new RunFailed('a peer believes that others lack something', name);
}

async function checkPeer(simulation: Simulation, peer: WorldPeer): Promise<void> {
  const { replica, content } = peer.run;
  expectNothing(
    `the tree of ${peer.name}`,
    checkTree(replica).map(({ what }) => what),
  );
  expectNothing(
    `the logs of ${peer.name}`,
    verifyLog(replica).map(({ what }) => what),
  );
  expectSame(`the logs of ${peer.name} make another tree`, rowsOf(replica), rowsFromLogs(replica));
  for (const { path, type, inode } of await simulation.tree(peer)) {
    const [version] = replica.node(inode)?.heads ?? [];
    if (type !== 'file' || version === undefined) continue;
    const faults = await simulation.world.finish(
      content.checkFile(inode as number as FileId, version),
    );
    expectNothing(
      `${path} at ${peer.name}`,
      faults.map((fault) => JSON.stringify(fault)),
    );
  }
}

function expectNothing(where: string, problems: readonly string[]): void {
  if (problems.length > 0)
    throw new RunFailed('check finds damage', `${where}\n${problems.join('\n')}`);
}

function expectSame(what: string, one: readonly string[], other: readonly string[]): void {
  if (one.length === other.length && one.every((line, at) => line === other[at])) return;
  // Who it is does not make it another failure.
  throw new RunFailed(what.replace(/of \w+|\w+ shows/, '…'), `${what} ${difference(one, other)}`);
}

function lines(entries: readonly DescribedEntry[]): string[] {
  return entries.map((entry) => JSON.stringify({ ...entry, text: entry.text.slice(0, 80) }));
}
