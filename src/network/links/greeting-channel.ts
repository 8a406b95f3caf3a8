import type { Clock } from '../../platform/clock.ts';
import type { Channel } from '../transport/transport.ts';
import type { Frame } from '../wire/frame.ts';
import { frameType } from '../wire/frame-type.ts';
import {
  decodeGoodbye,
  decodeHello,
  encodeGoodbye,
  encodeHello,
  protocolVersion,
  sessionBytes,
  type GoodbyeCode,
  type Hello,
} from '../wire/greeting.ts';

export interface GreetingEvents {
  /** The peer said hello. */
  greeted(greeting: GreetingChannel, hello: Hello): void;
  /** The peer, whose choice it is, made this connection the link. */
  selected(greeting: GreetingChannel, hello: Hello, session: string): void;
  /** It did not become a link. `duplicate`: because there is one already. */
  ended(greeting: GreetingChannel, reason: string, duplicate: boolean): void;
}

/** A connection that is not a link yet: both sides say hello, then one of them chooses. */
export class GreetingChannel {
  readonly channel: Channel;
  readonly #events: GreetingEvents;
  readonly #cancelTimeout: () => void;
  /** Once the peer said it. */
  hello: Hello | undefined;
  #duplicate = false;

  constructor(
    channel: Channel,
    own: { readonly incarnation: string; readonly record: Buffer },
    clock: Clock,
    timeoutMs: number,
    events: GreetingEvents,
  ) {
    this.channel = channel;
    this.#events = events;
    this.#cancelTimeout = clock.after(timeoutMs, () =>
      this.end('failed', 'it did not greet in time'),
    );
    channel.receiver = {
      frame: (frame) => this.#frame(frame),
      closed: (reason) => this.#closed(reason),
    };
    channel.send(frameType.hello, 0, encodeHello({ version: protocolVersion, ...own }));
  }

  /** It became a link, whose receiver replaces this one. */
  finish(): void {
    this.#cancelTimeout();
  }

  end(code: GoodbyeCode, reason: string): void {
    this.#duplicate ||= code === 'duplicate';
    this.channel.send(frameType.goodbye, 0, encodeGoodbye({ code, reason }));
    this.channel.close(reason);
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case frameType.hello:
        return this.#greeted(frame.body);
      case frameType.select:
        return this.#selected(frame.body);
      case frameType.goodbye:
        return this.#goodbye(frame.body);
      default:
        return this.end('failed', `a frame of type ${frame.type} before the link was chosen`);
    }
  }

  #greeted(body: Buffer): void {
    const hello = decodeHello(body);
    if (hello === undefined || this.hello !== undefined) {
      return this.end('failed', 'malformed: its hello cannot be read or came twice');
    }
    if (hello.version !== protocolVersion) {
      return this.end('refused', `it speaks version ${hello.version}, not ${protocolVersion}`);
    }
    this.hello = hello;
    return this.#events.greeted(this, hello);
  }

  #selected(body: Buffer): void {
    if (this.hello === undefined || body.length !== sessionBytes) {
      return this.end('failed', 'malformed: a selection without a greeting');
    }
    return this.#events.selected(this, this.hello, body.toString('hex'));
  }

  #goodbye(body: Buffer): void {
    const { code, reason } = decodeGoodbye(body);
    this.#duplicate ||= code === 'duplicate';
    this.channel.close(code === 'refused' ? `the peer refused: ${reason}` : reason);
  }

  #closed(reason: string): void {
    this.#cancelTimeout();
    this.#events.ended(this, reason, this.#duplicate);
  }
}
