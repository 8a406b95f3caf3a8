import { rmdir, stat } from 'node:fs/promises';
import { FolderPlace } from './folder-place.ts';
import { usualActor } from './story.ts';
import { userOf, type User } from './users.ts';

/** A mount on which every process is the network's one user, whoever runs it; the usual actor is played by whoever mounted. */
export class NetworkPlace extends FolderPlace {
  #networkUid = 0;

  static async open(path: string, close: () => Promise<unknown>): Promise<NetworkPlace> {
    const place = new NetworkPlace('net', path, close);
    const folder = await place.newFolder();
    place.#networkUid = (await stat(folder)).uid;
    await rmdir(folder);
    return place;
  }

  override localUser(_user: User): User {
    return userOf('root');
  }

  override shownNumber(number: number): number {
    return number === userOf(usualActor).uid ? this.#networkUid : number;
  }
}
