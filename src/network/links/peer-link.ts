import type { Clock } from '../../platform/clock.ts';
import {
  maximumMessageBytes,
  type ChunkOutcome,
  type ExpectedChunk,
  type Link,
  type PeerIdentity,
} from '../link.ts';
import { frameType, maximumMessageType } from '../wire/frame-type.ts';
import { encodeGoodbye, type GoodbyeCode } from '../wire/greeting.ts';
import { TransferFailed, type BulkSession, type Channel } from '../transport/transport.ts';
import { checkIntervalMs, checkKeepAlive, smoothRoundTrip, type KeepAlive } from './keep-alive.ts';

export interface PeerLinkOptions {
  readonly channel: Channel;
  readonly session: BulkSession;
  /** Of the peer's run, in hex. */
  readonly incarnation: string;
  readonly clock: Clock;
  readonly lostAfterMs: number;
}

/** The one link with a connected peer. */
export class PeerLink implements Link {
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  readonly incarnation: string;
  roundTripMs = 0;
  readonly channel: Channel;
  readonly session: BulkSession;
  /** Why it was closed; undefined while it is open. */
  closedBecause: string | undefined;
  /** Called once, with the reason, by whatever ends the link first. */
  onEnded: (reason: string) => void = () => {};
  readonly #clock: Clock;
  readonly #lostAfterMs: number;
  readonly #pingsSentAtMs = new Map<number, number>();
  readonly #answered: (() => void)[] = [];
  #nextPing = 1;
  #keepAlive: KeepAlive;
  #cancelCheck: () => void = () => {};

  constructor({ channel, session, incarnation, clock, lostAfterMs }: PeerLinkOptions) {
    this.peer = channel.peer;
    this.remoteAddress = channel.remoteAddress;
    this.incarnation = incarnation;
    this.channel = channel;
    this.session = session;
    this.#clock = clock;
    this.#lostAfterMs = lostAfterMs;
    const nowMs = clock.monotonicMs();
    this.#keepAlive = { heardAtMs: nowMs, checkedAtMs: nowMs };
    this.#ping();
    this.#checkLater();
  }

  get queuedBytes(): number {
    return this.channel.queuedBytes;
  }

  get bytesReceived(): number {
    return this.session.bytesReceived;
  }

  get bytesSent(): number {
    return this.session.bytesSent;
  }

  send(type: number, body: Uint8Array): void {
    if (!Number.isInteger(type) || type < 0 || type > maximumMessageType) {
      throw new RangeError('a message type is 0 to 127');
    }
    if (body.length > maximumMessageBytes) throw new RangeError('a message is above its limit');
    if (this.closedBecause === undefined) this.channel.send(type, 0, body);
  }

  transfer(
    request: Uint8Array,
    chunks: readonly ExpectedChunk[],
    descriptor: number,
    signal: AbortSignal,
  ): Promise<ChunkOutcome[]> {
    if (this.closedBecause !== undefined) {
      return Promise.reject(new TransferFailed(this.closedBecause));
    }
    return this.session.transfer(request, chunks, descriptor, signal);
  }

  close(reason: string): void {
    this.closeWith('failed', reason);
  }

  /** Tells the peer why. */
  closeWith(code: GoodbyeCode, reason: string): void {
    if (this.closedBecause !== undefined) return;
    this.channel.send(frameType.goodbye, 0, encodeGoodbye({ code, reason }));
    this.channel.close(reason);
    this.ended(reason);
  }

  /** Nothing is sent from now on. */
  ended(reason: string): void {
    if (this.closedBecause !== undefined) return;
    this.closedBecause = reason;
    this.#cancelCheck();
    this.onEnded(reason);
  }

  /** Anything that came from the peer shows that it lives. */
  heard(): void {
    this.#keepAlive = { ...this.#keepAlive, heardAtMs: this.#clock.monotonicMs() };
  }

  pong(ping: number): void {
    const sentAtMs = this.#pingsSentAtMs.get(ping);
    if (sentAtMs === undefined) return;
    this.#pingsSentAtMs.delete(ping);
    this.roundTripMs = smoothRoundTrip(this.roundTripMs, this.#clock.monotonicMs() - sentAtMs);
    this.session.setRoundTrip(this.roundTripMs);
    for (const answered of this.#answered.splice(0)) answered();
  }

  /** Calls `answered` with the next answer to a ping that is sent now. */
  probe(answered: () => void): void {
    this.#pingsSentAtMs.clear();
    this.#answered.push(answered);
    this.#ping();
  }

  #ping(): void {
    const ping = this.#nextPing++;
    this.#pingsSentAtMs.set(ping, this.#clock.monotonicMs());
    this.channel.send(frameType.ping, ping, nothing);
  }

  #checkLater(): void {
    const intervalMs = checkIntervalMs(this.#lostAfterMs);
    this.#cancelCheck = this.#clock.after(intervalMs, () => this.#check());
  }

  #check(): void {
    const nowMs = this.#clock.monotonicMs();
    const { verdict, state } = checkKeepAlive(this.#keepAlive, nowMs, this.#lostAfterMs);
    this.#keepAlive = state;
    if (verdict === 'lost') return this.closeWith('failed', 'the peer fell silent');
    this.#ping();
    return this.#checkLater();
  }
}

const nothing = Buffer.alloc(0);
