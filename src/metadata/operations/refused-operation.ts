import type { Refusal } from '../replica.ts';

/** Thrown by rules and requirements while an operation is applied: it has no effect. Expected, so without a stack trace. */
export class RefusedOperation {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

export function refuse(code: Refusal['code'], reason: string): never {
  throw new RefusedOperation({ code, reason });
}
