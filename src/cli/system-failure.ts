import { ExpectedFailure } from '../util/expected-failure.ts';

/** What the operating system refused, as a sentence for people; undefined for what is a bug of ours. */
export function systemFailure(error: unknown): ExpectedFailure | undefined {
  if (error instanceof ExpectedFailure) return error;
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, message, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return undefined;
  if (code !== 'ENOSPC') return new ExpectedFailure('machine', `This machine refused: ${message}.`);
  const where = path === undefined ? '' : ` (${path})`;
  return new ExpectedFailure(
    'machine',
    `The disk is full${where}; make room on the disk of the home, and try again.`,
  );
}
