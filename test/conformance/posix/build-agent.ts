import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { compile, sourcesIn } from '../../support/compile.ts';

/** Compiles the agent into a folder that every user may enter; the path of the program. */
export async function buildAgent(folder: string): Promise<string> {
  const sources = sourcesIn(join(import.meta.dirname, 'native'));
  const program = await compile(join(folder, 'agent'), sources);
  chmodSync(folder, 0o755);
  return program;
}
