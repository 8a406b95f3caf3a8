import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reasonForNoMounts } from '../support/live-network.ts';
import { LiveStages } from './live/live-stage.ts';
import { play } from './play/play.ts';
import { storiesByTopic } from './stories.ts';

// All of them take minutes: `npm run scenarios`. In every test run there are those that stand for the others.
const wantsAll = process.env['SCENARIOS'] === 'all';

const scenarios = [...storiesByTopic()]
  .flatMap(([topic, all]) => all.map((scenario) => ({ topic, scenario })))
  .filter(({ scenario }) => scenario.memoryOnly === undefined)
  .filter(({ scenario }) => wantsAll || scenario.representative);

for (const flavour of ['lan', 'net'] as const) {
  // Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
  describe.skipIf(reasonForNoMounts())(`on real mounts of a ${flavour} network`, () => {
    let stages: LiveStages;
    beforeAll(async () => {
      stages = await LiveStages.open(flavour);
    });
    afterAll(async () => {
      await using _ = stages;
      expect(await stages.check()).toEqual([]);
    });

    for (const { topic, scenario } of scenarios.filter(
      (each) => each.scenario.flavour === flavour,
    )) {
      test(`${topic}: ${scenario.title}`, async () => play(scenario, await stages.stage()));
    }
  });
}
