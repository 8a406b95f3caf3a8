/**
 * What kind of thing went wrong; the command line has one exit code for each.
 * `usage`: asked wrongly, also in a configuration file. `missing`: what it needs is not there or not running. `refused`: somebody who
 * may say no did. `unreachable`: nobody answered over the network. `exists`: it is there or runs already. `machine`: this machine
 * does not do what it should (disk full, no permission).
 */
export type FailureKind = 'usage' | 'missing' | 'refused' | 'unreachable' | 'exists' | 'machine';

/**
 * Something that may well happen and that its reader can do something about: shown as its message alone, one sentence that says
 * what is wrong and what to do, without a stack trace.
 */
export class ExpectedFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.name = 'ExpectedFailure';
    this.kind = kind;
  }
}
