import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place.ts';
import { usualActor } from './story.ts';
import { userOf } from './users.ts';

const programs = join(import.meta.dirname, 'node-programs.ts');

/** Runs them as the usual actor in a folder of their own; rejects with what one complained about. */
export async function runNodePrograms(place: Place): Promise<void> {
  const { uid, gid } = userOf(usualActor);
  const options = { cwd: await place.newFolder(), uid, gid, timeout: 60_000 };
  await promisify(execFile)(process.execPath, ['--no-warnings', programs], options);
}
