import { expect } from 'vitest';
import { canonicalOverlay, canonicalTree } from '../../../src/metadata/check/canonical-tree.ts';
import { foldLogs } from '../../../src/metadata/check/verify-log.ts';
import type { LocalReplica } from '../../../src/metadata/local-replica.ts';
import type { World } from './world.ts';

/** Fails unless all peers that run show the same, bytes included, and hold the same rows. */
export async function sameTrees(world: World): Promise<void> {
  const [first, ...others] = world.peers.filter(({ running }) => running);
  if (first === undefined) return;
  const expected = await world.tree(first.name);
  const rows = rowsOf(first.run.replica);
  for (const other of others) {
    expect(await world.tree(other.name), `${other.name} and ${first.name}`).toEqual(expected);
    expect(rowsOf(other.run.replica), `rows of ${other.name} and ${first.name}`).toEqual(rows);
  }
}

/** The tree as it is stored, a line for each row that all peers have alike. */
export function rowsOf(replica: LocalReplica): string[] {
  return [...canonicalTree(replica.parts.tree.rows)].map(({ key, value }) => line(key, value));
}

/** The same, made anew from the logs. */
export function rowsFromLogs(replica: LocalReplica): string[] {
  return [...canonicalOverlay(foldLogs(replica))].map(({ key, value }) => line(key, value));
}

function line(key: string, value: Buffer): string {
  return `${Buffer.from(key, 'latin1').toString('hex')} ${value.toString('hex')}`;
}
