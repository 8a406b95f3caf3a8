import { constants } from 'node:os';

export type PosixCode = keyof typeof constants.errno | 'ENODATA';

/**
 * The answer to a request that may not be done: expected, so it has no stack trace and costs as little as a return. One object per
 * code: `throw posixErrors.ENOENT`.
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
