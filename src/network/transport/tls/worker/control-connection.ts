import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../../../../identity/certificate.ts';
import { formatRemote } from '../../../address.ts';
import { maximumGreetingBytes } from '../../../limits.ts';
import { maximumMessageBytes } from '../../../link.ts';
import { joinFrames, type Frame } from '../../../wire/frame.ts';
import { FrameParser } from '../../../wire/frame-parser.ts';
import { frameType } from '../../../wire/frame-type.ts';
import { decodeReason } from '../../../wire/greeting.ts';
import { reasonOf } from '../../socket-reason.ts';
import type { Outbox } from './outbox.ts';

/** Carries whole frames between one control connection and the main thread, which alone knows what they mean. */
export class ControlConnection {
  readonly id: number;
  readonly #socket: TLSSocket;
  readonly #outbox: Outbox;
  readonly #parser = new FrameParser(maximumGreetingBytes);
  readonly #onClosed: () => void;
  #reason: string | undefined;
  #progressMs = -Infinity;

  constructor(id: number, socket: TLSSocket, outbox: Outbox, onClosed: () => void) {
    this.id = id;
    this.#socket = socket;
    this.#outbox = outbox;
    this.#onClosed = onClosed;
    // A message to a peer that is waiting for it must not wait for another to travel with.
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (error) => (this.#reason ??= reasonOf(error)));
    socket.on('end', () => (this.#reason ??= 'the peer closed the connection'));
    socket.on('close', () => this.#closed());
  }

  announce(certificate: PeerCertificate, dial: number | null): void {
    const { device, user, uid, fingerprint } = certificate;
    this.#outbox.post({
      kind: 'connected',
      connection: this.id,
      dial,
      peer: { device, user, uid, fingerprint },
      remoteAddress: formatRemote(this.#socket.remoteAddress, this.#socket.remotePort),
    });
  }

  allowMessages(): void {
    this.#parser.maximumBodyBytes = maximumMessageBytes;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes, () =>
      this.#outbox.post({ kind: 'written', connection: this.id, bytes: bytes.length }),
    );
  }

  close(reason: string): void {
    this.#reason ??= reason;
    this.#parser.stop(reason);
    this.#socket.end();
    // The other side's end may never come when the cable is cut.
    setTimeout(() => this.#socket.destroy(), closingMs).unref();
  }

  #receive(bytes: Buffer): void {
    const frames: Frame[] = [];
    const malformed = this.#parser.push(bytes, (frame) => {
      if (frame.type === frameType.refusal) return this.#refused(frame);
      // What follows a selection may be large and must not wait for the main thread to have read it.
      if (frame.type === frameType.select) this.allowMessages();
      return frames.push(frame);
    });
    if (frames.length > 0) this.#forward(frames);
    else this.#progress();
    if (malformed !== undefined && this.#reason === undefined) {
      this.close(`malformed: ${malformed}`);
    }
  }

  /** Part of a frame came, which shows that the peer lives. */
  #progress(): void {
    const nowMs = performance.now();
    if (nowMs - this.#progressMs < progressEveryMs) return;
    this.#progressMs = nowMs;
    this.#outbox.post({ kind: 'progress', connection: this.id });
  }

  #refused(frame: Frame): void {
    this.close(`the peer refused: ${decodeReason(frame.body)}`);
  }

  #forward(frames: readonly Frame[]): void {
    const bytes = joinFrames(frames);
    this.#outbox.post({ kind: 'frames', connection: this.id, bytes }, bytes.buffer);
  }

  #closed(): void {
    this.#onClosed();
    const reason = this.#reason ?? 'the connection broke';
    this.#outbox.post({ kind: 'closed', connection: this.id, reason });
  }
}

/** Often enough for whoever waits for a sign of life. */
const progressEveryMs = 1000;

/** How long what was sent before closing may take to leave. */
const closingMs = 2000;
