/** Why a mount or unmount could not be done, for programs; the message says what to do, for people. */
export type MountProblem =
  | 'no-device'
  | 'no-helper'
  | 'no-such-directory'
  | 'not-a-directory'
  | 'already-mounted'
  | 'not-permitted'
  | 'allow-other-not-permitted'
  | 'kernel-too-old'
  | 'busy'
  | 'failed';

export class MountError extends Error {
  readonly problem: MountProblem;

  constructor(problem: MountProblem, message: string) {
    super(message);
    this.name = 'MountError';
    this.problem = problem;
  }
}
