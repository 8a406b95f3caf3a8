import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rescuer } from './rescuer.ts';

// What the folder says of itself: it is the user's, who takes files out of it and removes what he has seen, so nothing else counts them.

/** So many are counted; whoever has more does not care how many. */
const countedFiles = 10_000;

/** The newest of what could not be kept as a file. */
const shownChanges = 3;

export interface Kept {
  readonly directory: string;
  /** Files that are there. */
  readonly files: number;
  /** Changes of other kinds that had no effect: lines of the list. */
  readonly changes: number;
  /** The last of these. */
  readonly lastChanges: readonly string[];
}

export async function whatIsKept({ directory, filesDirectory, list }: Rescuer): Promise<Kept> {
  const { count: changes, last: lastChanges } = await list.read(shownChanges);
  return { directory, files: await countFiles(filesDirectory, countedFiles), changes, lastChanges };
}

/** At most `limit`. Symbolic links are not followed. */
async function countFiles(directory: string, limit: number): Promise<number> {
  const folders: Buffer[] = [Buffer.from(directory)];
  let count = 0;
  for (let folder = folders.pop(); folder && count < limit; folder = folders.pop()) {
    for (const entry of await entriesOf(folder)) {
      if (entry.isFile()) count += 1;
      else if (entry.isDirectory()) {
        folders.push(Buffer.concat([folder, Buffer.from('/'), entry.name]));
      }
    }
  }
  return Math.min(count, limit);
}

/** Of a folder that may be gone already. */
function entriesOf(folder: Buffer) {
  return readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(() => []);
}

/** One sentence each for what a person should know of. */
export function sentencesOfKept({ directory, files, changes, lastChanges }: Kept): string[] {
  const sentences: string[] = [];
  if (files > 0) {
    const what = files === 1 ? '1 file' : `${files} files`;
    const versions = files === 1 ? 'your version is' : 'your versions are';
    sentences.push(
      `${what} that you changed could not be changed any more when others came to know of it: ${versions} in ${join(directory, 'files')}; move out what you need and remove the rest`,
    );
  }
  if (changes > 0) {
    const what = changes === 1 ? '1 change of yours' : `${changes} changes of yours`;
    const last = lastChanges.map((line) => line.replace(/^\S+ \S+ UTC: /, '')).join('; ');
    sentences.push(
      `${what} had no effect, as you had no right to make it any more (the last: ${last}): ${join(directory, 'changes.txt')} lists them; remove it when you have read it`,
    );
  }
  return sentences;
}
