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

  for (const [file, stories] of storiesPlayedOn(name)) {
    describe(file, () => {
      for (const story of stories) test(story.title, () => player.play(story));
    });
  }
}

/** By file. Exceptions stand in for what Peerfuse does not do as a disk does. */
function storiesPlayedOn(name: PlaceName): [string, Story[]][] {
  const exceptions = name === 'ext4' ? new Map<string, Story[]>() : exceptionsByTitle();
  const played = (story: Story) =>
    exceptions.get(story.title)?.find((other) => isPlayedOn(name, other)) ?? story;
  return [...storiesByFile()]
    .map(([file, stories]): [string, Story[]] => [
      file,
      stories.map(played).filter((story) => isPlayedOn(name, story)),
    ])
    .filter(([, stories]) => stories.length > 0);
}
