import { readFileSync, writeFileSync } from 'node:fs';
import { ExpectedFailure } from '../util/expected-failure.ts';

/** The text of a file that a person named; `-` is standard input. */
export function readInput(path: string): string {
  return orFailure(path, () => readFileSync(path === '-' ? 0 : path, 'utf8'));
}

/** Writes to a file that a person named, or to standard output when he named none. */
export function writeOutput(path: string | undefined, text: string): void {
  if (path === undefined || path === '-') process.stdout.write(text);
  else orFailure(path, () => writeFileSync(path, text));
}

function orFailure<Result>(path: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'it does not exist' : (code ?? String(error));
    throw new ExpectedFailure('usage', `${path} cannot be used: ${reason}; name another file.`);
  }
}
