import { afterAll, beforeAll, describe, test } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { buildAgent } from './build-agent.ts';
import { isPlayedOn, type Place, type PlaceName } from './place.ts';
import { Player } from './play-story.ts';
import { runNodePrograms } from './run-node-programs.ts';
import { exceptionsByTitle, storiesByFile } from './stories.ts';
import type { Story } from './story.ts';

/** One test for each story that the place takes, or for what it does in its stead. */
export function playAll(name: PlaceName, openPlace: () => Promise<Place>): void {
  const resources = new AsyncDisposableStack();
  let place: Place;
  let player: Player;

  beforeAll(async () => {
    const directory = resources.use(temporaryDirectory());
    const program = await buildAgent(directory.path);
    place = resources.use(await openPlace());
    player = resources.use(new Player(place, program));
  });
  afterAll(() => resources.disposeAsync());

  test('programs for Node do what they do elsewhere', () => runNodePrograms(place));

  const exceptions = name === 'ext4' ? new Map<string, Story[]>() : exceptionsByTitle();
  for (const [file, stories] of storiesByFile()) {
    describe(file, () => {
      for (const story of stories) {
        const played =
          exceptions.get(story.title)?.find((other) => isPlayedOn(name, other)) ?? story;
        if (isPlayedOn(name, played)) test(story.title, () => player.play(played));
      }
    });
  }
}
