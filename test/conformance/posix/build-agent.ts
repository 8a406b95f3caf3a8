import { execFile } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const sources = join(import.meta.dirname, 'native');

/** Compiles the agent into a folder that every user may enter; the path of the program. */
export async function buildAgent(folder: string): Promise<string> {
  const program = join(folder, 'agent');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const paths = files.map((name) => join(sources, name));
  const options = ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-o', program];
  await promisify(execFile)('cc', [...options, ...paths]);
  chmodSync(folder, 0o755);
  return program;
}
