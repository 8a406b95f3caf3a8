import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Compiles a C program that a test needs; every warning is an error. */
export async function compile(program: string, sources: readonly string[]): Promise<string> {
  const options = ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-o', program];
  await promisify(execFile)('cc', [...options, ...sources]);
  return program;
}

/** The C files of a folder. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name));
}
