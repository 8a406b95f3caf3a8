import type { PeerIdentity } from '../../link.ts';
import { frameHeaderBytes, type Frame } from '../../wire/frame.ts';
import type { BulkSession, Channel, ChannelReceiver, SessionOptions } from '../transport.ts';
import type { MemoryHub } from './memory-hub.ts';
import { MemoryBulkSession } from './memory-bulk-session.ts';

/** One end of a connection between two peers of a MemoryHub. */
export class MemoryChannel implements Channel {
  readonly from: string;
  readonly to: string;
  readonly peer: PeerIdentity;
  readonly dialled: boolean;
  receiver: ChannelReceiver = { frame() {}, closed() {} };
  queuedBytes = 0;
  session: MemoryBulkSession | undefined;
  readonly #hub: MemoryHub;
  #other: MemoryChannel | undefined;
  #closed = false;

  constructor(
    hub: MemoryHub,
    end: {
      readonly from: string;
      readonly to: string;
      readonly peer: PeerIdentity;
      readonly dialled: boolean;
    },
  ) {
    this.#hub = hub;
    this.from = end.from;
    this.to = end.to;
    this.peer = end.peer;
    this.dialled = end.dialled;
  }

  get remoteAddress(): string {
    return this.to;
  }

  get other(): MemoryChannel | undefined {
    return this.#other;
  }

  join(other: MemoryChannel): void {
    this.#other = other;
    other.#other = this;
  }

  send(type: number, requestId: number, body: Uint8Array): void {
    if (this.#closed) return;
    const frame: Frame = { type, requestId, body: Buffer.from(body) };
    const bytes = frameHeaderBytes + body.length;
    this.queuedBytes += bytes;
    this.#hub.carry(this.from, this.to, () => {
      this.queuedBytes -= bytes;
      this.#other?.arrived(frame);
    });
  }

  openSession(options: SessionOptions): BulkSession {
    this.session = new MemoryBulkSession(this, options, (arrive) =>
      this.#hub.carry(this.from, this.to, arrive),
    );
    return this.session;
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#hub.carry(this.from, this.to, () => this.#other?.broke('the peer closed the connection'));
    this.#end(reason);
  }

  /** The connection is gone, without or against this end's will. */
  broke(reason: string): void {
    if (!this.#closed) this.#end(reason);
  }

  arrived(frame: Frame): void {
    if (!this.#closed) this.receiver.frame(frame);
  }

  #end(reason: string): void {
    this.#closed = true;
    this.#hub.forget(this);
    this.session?.close(reason);
    setImmediate(() => this.receiver.closed(reason));
  }
}
