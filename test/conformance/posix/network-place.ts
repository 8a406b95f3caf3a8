import { rmdir, stat } from 'node:fs/promises';
import { FolderPlace } from './folder-place.ts';
import { usualActor } from './story.ts';
import { userOf } from './users.ts';

/** A mount on which every process of this machine acts as the network's one user, for whom the usual actor stands. */
export class NetworkPlace extends FolderPlace {
  #networkUid = 0;

  static async open(path: string, close: () => Promise<unknown>): Promise<NetworkPlace> {
    const place = new NetworkPlace('net', path, close);
    try {
      const folder = await place.newFolder();
      place.#networkUid = (await stat(folder)).uid;
      await rmdir(folder);
      return place;
    } catch (error) {
      await close();
      throw error;
    }
  }

  override shownNumber(number: number): number {
    return number === userOf(usualActor).uid ? this.#networkUid : number;
  }

  // Whoever made it, it is his already.
  protected override async giveToUsualActor(): Promise<void> {}
}
