import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { compile, sourcesIn } from '../support/compile.ts';

const calls = join(import.meta.dirname, '../conformance/posix/native');

/** Compiles the agent of random runs: its own parts, and the calls of the agent of stories. */
export async function buildFuzzer(folder: string): Promise<string> {
  const shared = sourcesIn(calls).filter((path) => !path.endsWith('/agent.c'));
  const own = sourcesIn(join(import.meta.dirname, 'native'));
  const program = await compile(join(folder, 'fuzzer'), [...own, ...shared]);
  chmodSync(folder, 0o755);
  return program;
}
