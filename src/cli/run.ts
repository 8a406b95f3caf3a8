import { CommanderError } from 'commander';
import { exitCodeByKind, exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { systemFailure } from './system-failure.ts';

/** Runs one command line; every failure is one sentence on stderr. Resolves with the exit code. */
export async function run(arguments_: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(arguments_, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    return fail(error);
  }
}

function fail(error: unknown): number {
  if (error instanceof CommanderError) return failUsage(error);
  const failure = systemFailure(error);
  if (failure === undefined) return failUnexpectedly(error);
  say(failure.message);
  showStack(error);
  return exitCodeByKind[failure.kind];
}

function failUsage(error: CommanderError): number {
  // Help and the version are not failures; they have been printed.
  if (error.exitCode === 0) return exitCodes.ok;
  if (error.code !== 'commander.help') {
    const what = error.message
      .replace(/^error: /, '')
      .replaceAll(/\s*\n\s*/g, ' ')
      .replace(/\.$/, '');
    say(`${what}; "peerfuse --help" lists commands, "peerfuse COMMAND --help" their options.`);
  }
  return exitCodes.usage;
}

function failUnexpectedly(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  say(`This is a bug in Peerfuse: ${message} (PEERFUSE_DEBUG=1 shows where; please report it).`);
  showStack(error);
  return exitCodes.unexpected;
}

function showStack(error: unknown): void {
  if (process.env['PEERFUSE_DEBUG'] === undefined || !(error instanceof Error)) return;
  process.stderr.write(`${error.stack}\n`);
}

function say(sentence: string): void {
  process.stderr.write(`peerfuse: ${sentence}\n`);
}
