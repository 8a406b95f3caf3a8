import type { TLSSocket } from 'node:tls';
import { frameType } from '../../../wire/frame-type.ts';
import type { Malformed } from '../../../wire/frame-parser.ts';
import { decodeReason, sessionBytes } from '../../../wire/greeting.ts';
import type { ServeAnswer } from '../worker-messages.ts';
import { BulkParser, type BulkReader } from './bulk-parser.ts';
import { BulkRequester } from './bulk-requester.ts';
import { BulkServer } from './bulk-server.ts';
import type { IncomingTransfer } from './incoming-transfer.ts';
import { ReceiveBuffer } from './receive-buffer.ts';

/** What a bulk connection needs of the session that it belongs to. */
export interface BulkOwner {
  ask(request: Buffer, answer: (chunks: ServeAnswer) => void): void;
  release(serve: number): void;
  sent(payloadBytes: number): void;
  received(payloadBytes: number): void;
  /** The peer has ended a transfer, so there is room for another. */
  ended(transfer: IncomingTransfer): void;
}

/** One bulk connection: either side may ask and serve on it, whoever dialled. */
export class BulkConnection implements BulkReader {
  readonly requester: BulkRequester;
  readonly #server: BulkServer;
  readonly #socket: TLSSocket;
  readonly #parser: BulkParser;
  readonly #buffer: ReceiveBuffer;
  /** Undefined until an accepted connection has said which session it belongs to. */
  #owner: BulkOwner | undefined;
  #onHello: ((session: string) => void) | undefined;
  #closed = false;
  onAttached: (owner: BulkOwner) => void = () => {};
  /** True while what follows the greeting must wait for the session to be opened. */
  held = false;

  constructor(socket: TLSSocket, buffer = new ReceiveBuffer()) {
    this.#socket = socket;
    this.#buffer = buffer;
    this.#parser = new BulkParser(buffer, this);
    this.requester = new BulkRequester((frame) => socket.write(frame));
    this.#server = new BulkServer({
      write: (frame, taken) => socket.write(frame, () => taken()),
      ask: (request, answer) => this.#owner?.ask(request, answer),
      release: (serve) => this.#owner?.release(serve),
      sent: (bytes) => this.#owner?.sent(bytes),
    });
    // Whole runs are written at once; what is smaller is a request that must not wait.
    socket.setNoDelay(true);
  }

  attach(owner: BulkOwner): void {
    this.#owner = owner;
    this.onAttached(owner);
    if (!this.held) return;
    this.held = false;
    this.#socket.resume();
    // Not at once: the caller may be the parser that read the greeting.
    setImmediate(() => this.advance());
  }

  /** For an accepted connection: reads the greeting and no further before `attach`. */
  awaitHello(onHello: (session: string) => void): void {
    this.#onHello = onHello;
    this.#socket.on('data', (bytes: Buffer) => this.receive(bytes));
  }

  receive(bytes: Buffer): void {
    for (let offset = 0; offset < bytes.length && !this.#closed;) {
      const taken = this.#buffer.append(offset === 0 ? bytes : bytes.subarray(offset));
      if (taken === 0) return this.close('it sent too much before its session was opened');
      offset += taken;
      this.advance();
    }
    return undefined;
  }

  /** Reads what is in the receive buffer. */
  advance(): void {
    const malformed = this.#closed ? undefined : this.#parser.advance();
    if (malformed !== undefined) this.close(`malformed: ${malformed}`);
  }

  close(reason: string): void {
    if (!this.#closed) this.#socket.destroy(new Error(reason));
  }

  /** The socket is gone: returns the transfers that it leaves behind. */
  ended(): IncomingTransfer[] {
    this.#closed = true;
    this.#server.close();
    return this.requester.abandon();
  }

  frame(type: number, requestId: number, body: Buffer): Malformed | undefined {
    if (type === frameType.refusal) return `the peer refused: ${decodeReason(body)}`;
    if (type === frameType.bulkHello) return this.#hello(body);
    if (this.#owner === undefined) return 'it did not say which session it belongs to';
    switch (type) {
      case frameType.bulkRequest:
        return this.#server.request(requestId, body);
      case frameType.bulkCancel:
        this.#server.cancel(requestId);
        return undefined;
      case frameType.bulkEnd:
        return this.#end(requestId);
      default:
        return `a frame of type ${type} on a bulk connection`;
    }
  }

  run(requestId: number, firstIndex: number, count: number): Malformed | undefined {
    return this.requester.run(requestId, firstIndex, count);
  }

  chunk(requestId: number, index: number, bytes: Buffer): void {
    this.#owner?.received(bytes.length);
    this.requester.chunk(requestId, index, bytes);
  }

  #hello(body: Buffer): Malformed | undefined {
    const onHello = this.#onHello;
    this.#onHello = undefined;
    if (onHello === undefined || body.length !== sessionBytes) return 'an unexpected greeting';
    this.held = true;
    this.#socket.pause();
    onHello(body.toString('hex'));
    return undefined;
  }

  #end(requestId: number): Malformed | undefined {
    const transfer = this.requester.end(requestId);
    if (transfer === undefined) return 'the end of an unknown request';
    transfer.finish();
    this.#owner?.ended(transfer);
    return undefined;
  }
}
