import { spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../src/cli/main.ts');

export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a person would, with this home. */
export function runCommand(
  home: string,
  arguments_: readonly string[],
  input = '',
): Promise<CommandOutcome> {
  return runProgram([process.execPath, program, '--home', home, ...arguments_], input);
}

/** Runs any program to its end. */
export function runProgram(command: readonly string[], input = ''): Promise<CommandOutcome> {
  const [file = '', ...arguments_] = command;
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutcome>();
  const child = spawn(file, arguments_, { env: { ...process.env, NO_COLOR: '1' } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.on('error', reject);
  child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  child.stdin.end(input);
  return promise;
}
