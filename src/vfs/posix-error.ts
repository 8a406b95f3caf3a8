import { constants } from 'node:os';

export type PosixCode = keyof typeof constants.errno | 'ENODATA';

/**
 * The answer to a request that may not be done: expected, so it has no stack trace. One object per code: `throw posixErrors.ENOENT`.
 * Throwing takes a microsecond or two, so what is asked all the time has a way to say no without it.
 */
export class PosixError {
  readonly code: PosixCode;
  /** As in errno.h, positive. */
  readonly errno: number;

  constructor(code: PosixCode, errno: number) {
    this.code = code;
    this.errno = errno;
  }

  toString(): string {
    return this.code;
  }
}

export const posixErrors = Object.fromEntries(
  Object.entries(constants.errno).map(([code, errno]) => [
    code,
    new PosixError(code as PosixCode, errno),
  ]),
) as Record<keyof typeof constants.errno, PosixError>;
