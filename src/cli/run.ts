import { CommanderError } from 'commander';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { exitCodeByKind, exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';

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
  if (error instanceof ExpectedFailure) {
    say(error.message);
    return exitCodeByKind[error.kind];
  }
  return failUnexpectedly(error);
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

// What the operating system refused (a full disk, no permission) is said in its words; the rest is a bug of ours.
function failUnexpectedly(error: unknown): number {
  const known = error instanceof Error ? error : new Error(String(error));
  const { code, syscall, message, stack } = known as NodeJS.ErrnoException;
  const isSystem = code !== undefined && syscall !== undefined;
  say(
    isSystem
      ? `This machine refused: ${message}.`
      : `This is a bug in Peerfuse: ${message} (PEERFUSE_DEBUG=1 shows where; please report it).`,
  );
  if (process.env['PEERFUSE_DEBUG'] !== undefined) process.stderr.write(`${stack}\n`);
  return exitCodes.unexpected;
}

function say(sentence: string): void {
  process.stderr.write(`peerfuse: ${sentence}\n`);
}
