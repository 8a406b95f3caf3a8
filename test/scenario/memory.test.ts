import { describe, test } from 'vitest';
import { openMemoryStage } from './memory/memory-stage.ts';
import { play } from './play/play.ts';
import { storiesByTopic } from './stories.ts';

for (const [topic, scenarios] of storiesByTopic()) {
  describe(`in memory: ${topic}`, () => {
    for (const scenario of scenarios) {
      test(scenario.title, async () => {
        const { stage, world } = await openMemoryStage(scenario);
        await using _ = world;
        await play(scenario, stage);
      });
    }
  });
}
