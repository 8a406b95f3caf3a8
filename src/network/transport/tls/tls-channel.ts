import type { PeerIdentity } from '../../link.ts';
import { maximumQueuedBytes } from '../../limits.ts';
import { frameHeaderBytes, joinFrames, splitFrames, type Frame } from '../../wire/frame.ts';
import type { BulkSession, Channel, ChannelReceiver, SessionOptions } from '../transport.ts';
import type { TlsBulkSession } from './tls-bulk-session.ts';
import type { Connected } from './worker-messages.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** A control connection that lives in a worker. */
export class TlsChannel implements Channel {
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  readonly dialled: boolean;
  receiver: ChannelReceiver = { frame() {}, closed() {} };
  readonly #id: number;
  readonly #worker: WorkerHandle;
  readonly #openSession: (channel: TlsChannel, options: SessionOptions) => TlsBulkSession;
  #session: TlsBulkSession | undefined;
  #frames: Frame[] = [];
  #queuedBytes = 0;
  #closed = false;

  constructor(
    connected: Connected,
    worker: WorkerHandle,
    openSession: (channel: TlsChannel, options: SessionOptions) => TlsBulkSession,
  ) {
    this.peer = connected.peer;
    this.remoteAddress = connected.remoteAddress;
    this.dialled = connected.dial !== null;
    this.#id = connected.connection;
    this.#worker = worker;
    this.#openSession = openSession;
  }

  /** The session that ends with this channel. */
  get sessionId(): string | undefined {
    return this.#session?.options.id;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(type: number, requestId: number, body: Uint8Array): void {
    if (this.#closed) return;
    // Copied, since the caller may reuse the memory: the frame leaves at the end of this turn of the event loop.
    this.#frames.push({ type, requestId, body: Buffer.from(body) });
    this.#queuedBytes += frameHeaderBytes + body.length;
    if (this.#frames.length === 1) setImmediate(() => this.#flush());
    if (this.#queuedBytes > maximumQueuedBytes) this.close('it takes messages too slowly');
  }

  openSession(options: SessionOptions): BulkSession {
    this.#worker.post({ kind: 'allow-messages', connection: this.#id });
    this.#session = this.#openSession(this, options);
    return this.#session;
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#session?.close();
    this.#worker.post({ kind: 'close', connection: this.#id, reason });
  }

  /** The operating system has taken so many bytes. */
  written(bytes: number): void {
    this.#queuedBytes -= bytes;
  }

  received(bytes: Uint8Array): void {
    const whole = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    for (const frame of splitFrames(whole)) this.receiver.frame(frame);
  }

  /** The connection is gone. */
  ended(reason: string): void {
    this.#closed = true;
    this.#session?.close();
    this.#frames = [];
    this.receiver.closed(reason);
  }

  #flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    if (frames.length === 0 || this.#closed) return;
    const bytes = joinFrames(frames);
    this.#worker.post({ kind: 'send', connection: this.#id, bytes }, [bytes.buffer]);
  }
}
