import type { Link } from '../network/link.ts';
import type { Clock } from '../platform/clock.ts';
import { decodeClockMessage, encodeClockMessage } from './messages/clock-message.ts';
import { messageType } from './messages/message-type.ts';
import type { PeerTime } from './peer-time.ts';

// Peers ask each other what time it is, when they connect and from time to time.

/** Clocks drift slowly; but one that is set must be noticed while somebody still wonders. */
const askAgainMs = 5 * 60 * 1000;

/** After a jump of this machine's clock, which may be followed by others while somebody sets it. */
const askAfterJumpMs = 1_000;

/** An answer that took longer says too little about the present. */
const longestRoundTripMs = 20_000;

/** Time for both to have asked and answered: no question is asked back for ever. */
const askBackMs = 5_000;

/** No question's number. */
const answered = 0;

interface Question {
  readonly id: number;
  readonly askedMs: number;
}

export class ClockExchange {
  readonly #clock: Clock;
  readonly #time: PeerTime;
  readonly #questions = new Map<Link, Question>();
  #nextId = 1;
  #cancel: () => void = () => {};

  constructor(clock: Clock, time: PeerTime) {
    this.#clock = clock;
    this.#time = time;
    time.onChange((wasSet) => {
      if (wasSet) this.#askLater(askAfterJumpMs);
    });
    this.#askLater(askAgainMs);
  }

  opened(link: Link): void {
    this.#ask(link);
  }

  closed(link: Link): void {
    this.#questions.delete(link);
    this.#time.forget(link.peer.device);
  }

  take(link: Link, body: Buffer): void {
    const { id, nowMs } = decodeClockMessage(body);
    if (nowMs === null) {
      const answer = { id, nowMs: Math.floor(this.#clock.nowMs()) };
      link.send(messageType.clock, encodeClockMessage(answer));
      return this.#askBack(link);
    }
    const question = this.#questions.get(link);
    if (question?.id !== id) return undefined;
    this.#questions.set(link, { ...question, id: answered });
    const roundTripMs = this.#clock.monotonicMs() - question.askedMs;
    if (roundTripMs > longestRoundTripMs) return undefined;
    const { device, user } = link.peer;
    return this.#time.hear(device, user, nowMs + roundTripMs / 2);
  }

  stop(): void {
    this.#cancel();
  }

  /** Whoever asks has a reason, perhaps that his clock was set. */
  #askBack(link: Link): void {
    const question = this.#questions.get(link);
    if (!question || this.#clock.monotonicMs() - question.askedMs < askBackMs) return;
    this.#ask(link);
  }

  #ask(link: Link): void {
    const id = this.#nextId++;
    this.#questions.set(link, { id, askedMs: this.#clock.monotonicMs() });
    link.send(messageType.clock, encodeClockMessage({ id, nowMs: null }));
  }

  #askLater(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(delayMs, () => {
      for (const link of this.#questions.keys()) this.#ask(link);
      this.#askLater(askAgainMs);
    });
  }
}
