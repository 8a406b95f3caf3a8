import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDirectory } from './data-directory.ts';
import type { GrowingFile } from './reserve.ts';

/** Of the database: thousands of removals, each of which takes a few pages that the next ones use again. */
const databaseBytes = 2 * 1024 * 1024;

/** Of the log and of the intent journal: as many, some hundred bytes each. */
const journalBytes = 512 * 1024;

/** What grows with every change that is made on this device. */
export function growingFiles({ paths }: DataDirectory, device: number): GrowingFile[] {
  const newest = readdirSync(paths.content)
    .filter((name) => name.startsWith('intents-'))
    .map((name) => Number(name.slice('intents-'.length)))
    .reduce((one, other) => Math.max(one, other), 0);
  return [
    { path: join(paths.state, 'tree', 'data.mdb'), bytes: databaseBytes },
    { path: join(paths.logs, `${device}.log`), bytes: journalBytes },
    { path: join(paths.content, `intents-${newest}`), bytes: journalBytes },
  ];
}
