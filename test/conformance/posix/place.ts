import { peopleOf, usualActor, type Story } from './story.ts';

/** A file system on which stories are played. */
export interface Place extends AsyncDisposable {
  readonly name: 'ext4' | 'lan' | 'net';
  /** An empty folder that belongs to the usual actor and into which everybody may write. */
  newFolder(): Promise<string>;
}

export type PlaceName = Place['name'];

/** On `net` every process of this machine is the one user, and nobody else, nor this machine's groups, means anything. */
export function isPlayedOn(place: PlaceName, story: Story): boolean {
  if (story.places !== null) return story.places.includes(place);
  if (place !== 'net') return true;
  return peopleOf(story).every((name) => name === usualActor);
}
