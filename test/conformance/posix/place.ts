import { actorsOf, usualActor, type Story } from './story.ts';
import { userOf, type User } from './users.ts';

/** A file system on which stories are played. */
export interface Place extends AsyncDisposable {
  readonly name: 'ext4' | 'lan' | 'net';
  /** An empty folder that belongs to the usual actor and into which everybody may write. */
  newFolder(): Promise<string>;
  /** As whom a process of this user's makes its calls. */
  localUser(user: User): User;
  /** What a number is under which a user's things are shown here. */
  shownNumber(number: number): number;
}

export type PlaceName = Place['name'];

/** Whether those who act in the story are somebody there: on `net` every process of this machine is the one user. */
export function isPlayedOn(place: PlaceName, story: Story): boolean {
  if (story.places !== null) return story.places.includes(place);
  return place !== 'net' || actorsOf(story).every((actor) => userOf(actor) === userOf(usualActor));
}
