import { ContentUnavailable } from '../content/content-store.ts';
import { posixErrors, PosixError } from './posix-error.ts';

// What the disk may say while nothing is wrong with the program. The errno reaches the process that asked.
const failuresByDiskCode: ReadonlyMap<unknown, PosixError> = new Map(
  (
    [
      'ENOSPC',
      'EDQUOT',
      'EIO',
      'EROFS',
      'EFBIG',
      'ENOMEM',
      'EMFILE',
      'ENFILE',
      'EOPNOTSUPP',
    ] as const
  ).map((code) => [code, posixErrors[code]]),
);

/** The answer to give for a failure from below; anything that is not an expected failure is a bug and stays what it is. */
export function posixFailure(error: unknown): unknown {
  if (error instanceof PosixError) return error;
  if (error instanceof ContentUnavailable) return posixErrors.EIO;
  if (!(error instanceof Error)) return error;
  if (error.name === 'AbortError') return posixErrors.EINTR;
  return failuresByDiskCode.get((error as NodeJS.ErrnoException).code) ?? error;
}

/** Waits for what may be a promise, and throws failures as they are to be answered. */
export function answered<T>(work: () => T | Promise<T>): T | Promise<T> {
  return orElse(work, rethrow);
}

/** Does `undo` before the failure of what may be a promise is passed on. */
export function undoneOnFailure<T>(work: () => T | Promise<T>, undo: () => void): T | Promise<T> {
  return orElse(work, (error) => {
    undo();
    throw error;
  });
}

function orElse<T>(work: () => T | Promise<T>, failed: (error: unknown) => never): T | Promise<T> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}

/** Goes on with a value now, or when it is there: what needs no waiting is answered without a promise. */
export function andThen<T, U>(value: T | Promise<T>, proceed: (value: T) => U | Promise<U>) {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}

function rethrow(error: unknown): never {
  throw posixFailure(error);
}
