import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemFailure } from '../../../src/cli/system-failure.ts';
import { ExpectedFailure } from '../../../src/util/expected-failure.ts';

/** As the operating system's refusals arrive. */
function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, syscall: 'write' });
}

test('a full disk is said in a sentence that says what to do', () => {
  const failure = systemFailure(refusal('ENOSPC', 'ENOSPC: no space left on device, write'));
  expect(failure?.kind).toBe('machine');
  expect(failure?.message).toBe(
    'The disk is full; make room on the disk of the home, and try again.',
  );
});

test('what the system refuses otherwise is said in its words', () => {
  let failure: ExpectedFailure | undefined;
  try {
    readFileSync('/nowhere');
  } catch (error) {
    failure = systemFailure(error);
  }
  expect(failure?.message).toMatch(/^This machine refused: ENOENT.*\/nowhere/);
});

test('what may happen stays as it is, and a bug is not taken for the machine', () => {
  const expected = new ExpectedFailure('refused', 'Not you.');
  expect(systemFailure(expected)).toBe(expected);
  expect(systemFailure(new TypeError('x is not a function'))).toBeUndefined();
});
