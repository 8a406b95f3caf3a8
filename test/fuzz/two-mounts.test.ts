import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoExt4, whyNoUsers } from '../conformance/posix/why-not-here.ts';
import { reasonForNoMounts } from '../support/live-network.ts';
import { describeFindingOnTwo, TwoMounts } from './two-mounts.ts';

const reason = whyNoUsers() ?? whyNoExt4() ?? reasonForNoMounts();

/** Always the same runs: others are tried with `npm run fuzz:posix -- --mounts 2`. */
const runsInTurn = { firstSeed: 3000, count: 4, steps: 100 };
const runsTogether = { firstSeed: 4000, count: 3, steps: 150 };

const shortenForMs = 30_000;

// Skipped where nothing can be mounted, nobody else can be acted as, or there is no ext4 to compare with.
describe.skipIf(reason)(`two mounts of two peers${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let mounts: TwoMounts;
  beforeAll(async () => {
    mounts = await TwoMounts.open();
  });
  afterAll(() => mounts[Symbol.asyncDispose]());

  test('are like one disk for those who take turns', async () => {
    const { firstSeed, count, steps } = runsInTurn;
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const finding = await mounts.play(mounts.choose(seed, steps));
      if (finding === undefined) continue;
      const shorter = await mounts.shorten(finding, shortenForMs);
      expect.fail(`with seed ${seed}:\n${describeFindingOnTwo(shorter ?? finding)}`);
    }
  });

  test('agree in the end, and keep what nobody took away, when both are used at once', async () => {
    const { firstSeed, count, steps } = runsTogether;
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      expect({ seed, wrong: await mounts.playTogether(seed * 2, steps) }).toEqual({
        seed,
        wrong: [],
      });
    }
  });
});
