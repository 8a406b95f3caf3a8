import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../../../../identity/certificate.ts';
import { native } from '../../../../platform/native.ts';
import type { Address } from '../../../address.ts';
import { formatRemote } from '../../../address.ts';
import { encodeFrame } from '../../../wire/frame.ts';
import { frameType } from '../../../wire/frame-type.ts';
import type { BeginTransfer, OpenSession, ServeAnswer, WorkerOptions } from '../worker-messages.ts';
import type { Admission } from './admission.ts';
import { BulkConnection } from './bulk-connection.ts';
import { BulkSession } from './bulk-session.ts';
import { dialTls } from './dial-tls.ts';
import type { Outbox } from './outbox.ts';
import { ReceiveBuffer } from './receive-buffer.ts';

interface Held {
  readonly connection: BulkConnection;
  readonly device: number;
  readonly session: string;
}

/** All bulk sessions of a worker, and the requests that the main thread is to answer. */
export class BulkHub {
  readonly #options: WorkerOptions;
  readonly #admission: Admission;
  readonly #outbox: Outbox;
  readonly #sessions = new Map<string, BulkSession>();
  /** Accepted connections whose link is not open here yet. */
  readonly #held = new Set<Held>();
  readonly #asked = new Map<number, (chunks: ServeAnswer) => void>();
  #nextServe = 1;

  constructor(options: WorkerOptions, admission: Admission, outbox: Outbox) {
    this.#options = options;
    this.#admission = admission;
    this.#outbox = outbox;
  }

  session(id: string): BulkSession | undefined {
    return this.#sessions.get(id);
  }

  open(command: OpenSession): void {
    const session = new BulkSession(command, {
      outbox: this.#outbox,
      bulkTimeoutMs: this.#options.limits.bulkTimeoutMs,
      maximumConnections: this.#options.maximumBulkConnections,
      dial: (owner, address, done) => this.#dial(owner, address, done),
      ask: (id, request, answer) => this.#ask(id, request, answer),
    });
    this.#sessions.set(session.id, session);
    for (const held of this.#held) this.#join(held);
  }

  close(id: string): void {
    this.#sessions.get(id)?.close('the link is closed');
    this.#sessions.delete(id);
  }

  closeAll(): void {
    for (const id of [...this.#sessions.keys()]) this.close(id);
    for (const { connection } of this.#held) connection.close('stopped');
  }

  begin(command: BeginTransfer): void {
    const session = this.#sessions.get(command.session);
    if (session !== undefined) return session.begin(command);
    const { transfer } = command;
    const reason = 'the link is closed';
    return this.#outbox.post({ kind: 'transfer-settled', transfer, outcomes: null, reason });
  }

  answer(chunks: ServeAnswer): void {
    const take = this.#asked.get(chunks.serve);
    this.#asked.delete(chunks.serve);
    take?.(chunks);
  }

  accept(socket: TLSSocket, certificate: PeerCertificate): void {
    const connection = new BulkConnection(socket);
    const remoteAddress = formatRemote(socket.remoteAddress, socket.remotePort);
    prepare(socket);
    const timer = setTimeout(
      () => connection.close('its link was not opened'),
      this.#options.limits.greetingTimeoutMs,
    );
    let held: Held | undefined;
    let session: BulkSession | undefined;
    connection.awaitHello((id) => {
      held = { connection, device: certificate.device, session: id };
      this.#held.add(held);
      this.#join(held);
    });
    connection.onAttached = (owner) => {
      clearTimeout(timer);
      session = owner as BulkSession;
    };
    this.#whenClosed(socket, (reason) => {
      clearTimeout(timer);
      if (held !== undefined) this.#held.delete(held);
      if (session === undefined) connection.ended();
      else session.remove(connection);
      if (reason?.startsWith('malformed') === true) {
        this.#outbox.post({ kind: 'refused', remoteAddress, reason });
      }
    });
  }

  reportTraffic(): void {
    for (const session of this.#sessions.values()) {
      const traffic = session.takeTraffic();
      if (traffic !== undefined) {
        this.#outbox.post({ kind: 'traffic', session: session.id, ...traffic });
      }
    }
  }

  #join(held: Held): void {
    const session = this.#sessions.get(held.session);
    if (session === undefined || session.device !== held.device) return;
    this.#held.delete(held);
    session.add(held.connection);
  }

  #dial(
    session: BulkSession,
    address: Address,
    done: (result: BulkConnection | { readonly reason: string }) => void,
  ): void {
    const buffer = new ReceiveBuffer();
    let connection: BulkConnection | undefined;
    const onread = {
      buffer: () => buffer.space(),
      callback: (length: number) => {
        buffer.filled(length);
        connection?.advance();
        return true;
      },
    };
    const { greetingTimeoutMs } = this.#options.limits;
    dialTls(
      address,
      'bulk',
      this.#admission,
      greetingTimeoutMs,
      (result) => {
        if ('reason' in result) return done(result);
        const { socket, certificate } = result;
        const dialled = new BulkConnection(socket, buffer);
        connection = dialled;
        prepare(socket);
        this.#whenClosed(socket, () => session.remove(dialled));
        if (certificate.device !== session.device) {
          dialled.close('another peer answered');
          return done({ reason: 'another peer answered' });
        }
        socket.write(encodeFrame(frameType.bulkHello, 0, Buffer.from(session.id, 'hex')));
        done(dialled);
        // What came with the end of the handshake.
        return dialled.advance();
      },
      onread,
    );
  }

  #ask(session: string, request: Buffer, answer: (chunks: ServeAnswer) => void): void {
    const serve = this.#nextServe++;
    this.#asked.set(serve, answer);
    const copy = Buffer.from(new ArrayBuffer(request.length));
    copy.set(request);
    this.#outbox.post({ kind: 'serve', session, serve, request: copy }, copy.buffer);
  }

  #whenClosed(socket: TLSSocket, closed: (reason: string | undefined) => void): void {
    let reason: string | undefined;
    socket.on('error', (error) => (reason ??= error.message));
    socket.on('close', () => closed(reason));
  }
}

// Over long or lossy lines BBR carries a hundred times what the usual default does; a kernel without it keeps its own.
function prepare(socket: TLSSocket): void {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null };
  const descriptor = handle?.fd ?? -1;
  if (descriptor >= 0) native.setCongestionControl(descriptor, 'bbr');
}
