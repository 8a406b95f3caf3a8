import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoExt4, whyNoUsers } from '../conformance/posix/why-not-here.ts';
import { reasonForNoMounts } from '../support/live-network.ts';
import { describeFinding, MountAgainstDisk } from './mount-against-disk.ts';

const reason = whyNoUsers() ?? whyNoExt4() ?? reasonForNoMounts();

const stepsPerRun = 200;
const shortenForMs = 30_000;

/** Always the same runs: others are tried with `npm run fuzz:posix`. */
const runs = { lan: { firstSeed: 1000, count: 60 }, net: { firstSeed: 2000, count: 30 } } as const;

// Skipped where nothing can be mounted, nobody else can be acted as, or there is no ext4 to compare with.
describe.skipIf(reason)(`random system calls${reason ? ` (skipped: ${reason})` : ''}`, () => {
  for (const flavour of ['lan', 'net'] as const) {
    describe(`on a ${flavour} mount`, () => {
      let places: MountAgainstDisk;
      beforeAll(async () => {
        places = await MountAgainstDisk.open(flavour);
      });
      afterAll(() => places[Symbol.asyncDispose]());

      test('do there what they do on ext4', async () => {
        const { firstSeed, count } = runs[flavour];
        for (let seed = firstSeed; seed < firstSeed + count; seed++) {
          const finding = await places.play(places.choose(seed, stepsPerRun));
          if (finding === undefined) continue;
          const shorter = await places.shorten(finding, shortenForMs);
          expect.fail(`with seed ${seed}:\n${describeFinding(shorter ?? finding)}`);
        }
      });
    });
  }
});
