import type { Acknowledge } from '../operation.ts';
import type { OperationKind } from './operation-kind.ts';

/** Changes nothing: what its author knows stands in its batch. A device says so when it has nothing else to say. */
export const acknowledge: OperationKind<Acknowledge> = {
  kind: 'acknowledge',
  number: 12,
  fieldCount: 0,
  write() {},
  read: () => ({ kind: 'acknowledge' }),
  apply() {},
};
