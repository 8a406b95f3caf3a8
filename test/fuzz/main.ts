import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFinding, type Finding, MountAgainstDisk } from './mount-against-disk.ts';
import { playOnTwoMounts } from './on-two-mounts.ts';
import { describeDifference } from './play.ts';
import { stepOf, textOf } from './step.ts';

// Makes random runs on a mount and on ext4, each from the next seed, until time is up; goes on after a difference.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    steps: { type: 'string', default: '200' },
    flavour: { type: 'string', default: 'lan' },
    /** With 2, the steps are made on the mounts of two peers in turn. */
    mounts: { type: 'string', default: '1' },
    /** Makes the steps of this file, as written down when they failed. */
    run: { type: 'string' },
    /** For so long a failing run is made shorter. */
    'shrink-seconds': { type: 'string', default: '60' },
  },
});

const failures = values.mounts === '2' ? await playOnTwo() : await playOnOne();
process.exitCode = failures > 0 ? 1 : 0;

function playOnTwo(): Promise<number> {
  return playOnTwoMounts({
    firstSeed: Number(values.seed),
    runs: Number(values.runs),
    seconds: Number(values.seconds),
    steps: Number(values.steps),
    shrinkSeconds: Number(values['shrink-seconds']),
  });
}

async function playOnOne(): Promise<number> {
  await using places = await MountAgainstDisk.open(values.flavour === 'net' ? 'net' : 'lan');
  return await (values.run === undefined ? playSeeds(places) : playFile(places, values.run));
}

async function playFile(places: MountAgainstDisk, path: string): Promise<number> {
  const finding = await places.play(readFileSync(path, 'utf8').trim().split('\n').map(stepOf));
  console.log(finding === undefined ? 'no difference' : describeFinding(finding));
  return finding === undefined ? 0 : 1;
}

async function playSeeds(places: MountAgainstDisk): Promise<number> {
  const firstSeed = Number(values.seed);
  const startedMs = performance.now();
  const endMs = startedMs + Number(values.seconds) * 1000;
  let [runs, steps, failures] = [0, 0, 0];
  while (runs < Number(values.runs) && performance.now() < endMs) {
    const seed = firstSeed + runs;
    const chosen = places.choose(seed, Number(values.steps));
    const finding = await places.play(chosen);
    runs += 1;
    steps += chosen.length;
    if (finding === undefined) continue;
    failures += 1;
    await tell(places, seed, finding);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `${runs} runs from seed ${firstSeed}, ${steps} steps in ${seconds} s, ${failures} differ`,
  );
  return failures;
}

async function tell(places: MountAgainstDisk, seed: number, finding: Finding): Promise<void> {
  console.log(`seed ${seed}: step ${finding.difference.index} of ${values.steps} differs:`);
  console.log(describeDifference(finding.difference));
  const shorter = await places.shorten(finding, Number(values['shrink-seconds']) * 1000);
  if (shorter === undefined) return console.log('  not again, made shorter');
  const path = join(tmpdir(), `peerfuse-fuzz-${seed}.steps`);
  writeFileSync(path, shorter.steps.map((step) => `${textOf(step)}\n`).join(''));
  console.log(`  so do these (npm run fuzz:posix -- --flavour ${values.flavour} --run ${path}):`);
  console.log(describeFinding(shorter).replaceAll(/^/gm, '    '));
}
