import { expect, test } from 'vitest';
import { diskSites, type DiskSite } from '../../../src/storage/disk.ts';
import { Chance } from '../../crash-loop/random.ts';
import { Dead, type Fault, faults } from '../../support/faulty-disk.ts';
import { sameTrees } from '../../support/world/same-trees.ts';
import { BrokenPeer } from './broken-peer.ts';
import { work } from './workload.ts';

/** Raise it to break more calls of each site: PEERFUSE_FAULTS_PER_SITE. */
const perSite = Number(process.env.PEERFUSE_FAULTS_PER_SITE ?? 1);

/**
 * Not part of such a day: those of a home and its daemon, of conflicts, of checkpoints and of evidence are broken by the tests of these.
 */
const elsewhere =
  /^(config|create-home|import|invitations|lock|peers|register|run-marker|version|checkpoint|evidence|rescue|content\.clone|log\.cut|log\.fold)\b/;

const callsBySite = await countCalls();

test('the workload makes every disk call that there is', () => {
  const missing = diskSites.filter((site) => !elsewhere.test(site) && !callsBySite.has(site));
  expect(missing).toEqual([]);
});

test.for(casesOf(callsBySite))(
  '$fault at call $call of $site loses nothing that was flushed, and the peers agree afterwards',
  async ({ site, call, fault }) => {
    const chance = new Chance(call);
    await using peer = new BrokenPeer({ site, call, fault, random: () => chance.next() });
    await work(peer).catch((error: unknown) => {
      if (!(error instanceof Dead)) throw error;
    });
    expect(peer.surprises).toEqual([]);
    // What was done and not flushed survives the process, but not the machine.
    await peer.recover();
    expect(peer.promises.broken(await peer.found())).toEqual([]);
    expect(await peer.problems('alice')).toEqual([]);
    peer.world.online('alice');
    await peer.world.settle();
    expect(await peer.problems('bob')).toEqual([]);
    await sameTrees(peer.world);
  },
);

async function countCalls(): Promise<Map<DiskSite, number>> {
  await using peer = new BrokenPeer({});
  await work(peer);
  return peer.disk.calls;
}

function casesOf(
  calls: ReadonlyMap<DiskSite, number>,
): { site: DiskSite; call: number; fault: Fault }[] {
  const chance = new Chance(1);
  return [...calls].flatMap(([site, count]) =>
    faults.flatMap((fault) =>
      Array.from({ length: Math.min(perSite, count) }, () => {
        return { site, fault, call: 1 + chance.below(count) };
      }),
    ),
  );
}
