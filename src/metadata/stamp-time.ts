import type { Clock } from '../platform/clock.ts';

/** What time it is, as far as stamps are concerned: this machine's clock may be wrong, and know it. docs/decisions/0008-clocks.md */
export interface StampTime {
  /** For what is done here: never later than what this machine has reason to believe, since a stamp cannot be taken back. */
  stampMs(): number;
  /** The present against which the stamps of others are judged. */
  presentMs(): number;
}

/** Believes the machine's clock. */
export function plainStampTime(clock: Clock): StampTime {
  return { stampMs: () => clock.nowMs(), presentMs: () => clock.nowMs() };
}
