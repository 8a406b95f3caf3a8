import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place, PlaceName } from './place.ts';
import { userOf } from './users.ts';
import { usualActor } from './story.ts';

/** Stories in folders below one that ordinary users may enter, where everybody is who he is. */
export class FolderPlace implements Place {
  readonly name: PlaceName;
  readonly #path: string;
  readonly #close: () => Promise<unknown>;
  #folders = 0;

  constructor(name: PlaceName, path: string, close: () => Promise<unknown>) {
    this.name = name;
    this.#path = path;
    this.#close = close;
  }

  async newFolder(): Promise<string> {
    const path = join(this.#path, `story-${++this.#folders}`);
    await mkdir(path);
    const { uid, gid } = userOf(usualActor);
    await chown(path, uid, gid);
    await chmod(path, 0o777);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
