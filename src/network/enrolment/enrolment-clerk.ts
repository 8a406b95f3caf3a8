import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { ExpectedFailure } from '../../util/expected-failure.ts';
import { parseAddress } from '../address.ts';
import { maximumEnrolmentBytes } from '../limits.ts';
import { RateLimit } from './rate-limit.ts';

/**
 * Answers a newcomer's request. A thrown ExpectedFailure is told to the newcomer as the reason of a refusal; anything else is a bug
 * of which he learns nothing.
 */
export type OnEnrol = (request: Buffer, remoteAddress: string) => Promise<Buffer>;

export type EnrolmentOutcome = { readonly answer: Uint8Array } | { readonly refused: string };

/** Stands between strangers and what signs certificates: a guesser of secrets gets few attempts. */
export class EnrolmentClerk {
  readonly #onEnrol: OnEnrol;
  readonly #logger: Logger;
  readonly #perHost: RateLimit;
  readonly #all: RateLimit;

  constructor(onEnrol: OnEnrol, clock: Clock, logger: Logger) {
    this.#onEnrol = onEnrol;
    this.#logger = logger;
    this.#perHost = new RateLimit(perHost, clock);
    this.#all = new RateLimit(allTogether, clock);
  }

  async answer(request: Buffer, remoteAddress: string): Promise<EnrolmentOutcome> {
    const host = parseAddress(remoteAddress)?.host ?? remoteAddress;
    if (!this.#perHost.admits(host) || !this.#all.admits('')) {
      this.#logger.warn({ remoteAddress }, 'refused an enrolment: too many attempts');
      return { refused: 'there were too many attempts; try again in a minute' };
    }
    try {
      const answer = await this.#onEnrol(request, remoteAddress);
      if (answer.length > maximumEnrolmentBytes) throw new RangeError('the answer is too long');
      return { answer: Uint8Array.from(answer) };
    } catch (error) {
      return { refused: this.#refusalOf(error, remoteAddress) };
    }
  }

  #refusalOf(error: unknown, remoteAddress: string): string {
    if (error instanceof ExpectedFailure) {
      this.#logger.warn({ remoteAddress, reason: error.message }, 'refused an enrolment');
      return error.message;
    }
    this.#logger.error({ remoteAddress, error }, 'an enrolment failed');
    return 'the peer could not answer; its log says why';
  }
}

/** Attempts in a row, then one each so many milliseconds. A secret of 128 bits needs no less; a mistyped token needs no more. */
const perHost = { burst: 10, refillMs: 6_000 };

/** For guessers with many addresses. */
const allTogether = { burst: 100, refillMs: 600 };
