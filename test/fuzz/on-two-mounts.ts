import { describeFindingOnTwo, TwoMounts } from './two-mounts.ts';

export interface Asked {
  readonly firstSeed: number;
  readonly runs: number;
  readonly seconds: number;
  readonly steps: number;
  readonly shrinkSeconds: number;
}

/** Random runs on two mounts, in turn and at once, until time is up; how many went wrong. */
export async function playOnTwoMounts(asked: Asked): Promise<number> {
  await using mounts = await TwoMounts.open();
  const endMs = performance.now() + asked.seconds * 1000;
  let [runs, failures] = [0, 0];
  while (runs < asked.runs && performance.now() < endMs) {
    const seed = asked.firstSeed + runs;
    runs += 1;
    const wrong = [
      ...(await inTurn(mounts, seed, asked)),
      ...(await mounts.playTogether(seed * 2, asked.steps)),
    ];
    if (wrong.length === 0) continue;
    failures += 1;
    console.log([`seed ${seed}:`, ...wrong].join('\n'));
  }
  console.log(`${runs} runs from seed ${asked.firstSeed} on two mounts, ${failures} went wrong`);
  return failures;
}

async function inTurn(
  mounts: TwoMounts,
  seed: number,
  { steps, shrinkSeconds }: Asked,
): Promise<readonly string[]> {
  const finding = await mounts.play(mounts.choose(seed, steps));
  if (finding === undefined) return [];
  const shorter = await mounts.shorten(finding, shrinkSeconds * 1000);
  return [describeFindingOnTwo(shorter ?? finding)];
}
