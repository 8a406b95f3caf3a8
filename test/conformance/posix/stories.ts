import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStories } from './read-stories.ts';
import type { Story } from './story.ts';

const folder = join(import.meta.dirname, 'stories');

/** What a disk does, by the file in which it is told. */
export function storiesByFile(): ReadonlyMap<string, readonly Story[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.story'));
  return new Map(
    files.sort().map((name) => [name.replace(/\.story$/, ''), storiesOf(folder, name)]),
  );
}

/** What Peerfuse does instead, by title. */
export function exceptionsByTitle(): ReadonlyMap<string, readonly Story[]> {
  return Map.groupBy(storiesOf(import.meta.dirname, 'different.story'), (story) => story.title);
}

function storiesOf(directory: string, name: string): Story[] {
  return readStories(readFileSync(join(directory, name), 'utf8'));
}
